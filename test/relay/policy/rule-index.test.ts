import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileApi } from '../../../relay/policy/compile-api.ts';
import { readPath } from '../../../relay/policy/path-readings.ts';
import { anyRequest, anyRules, apis } from './policy-fixture.ts';

describe('the index of rules', () => {
  it('leaves out no rule that matches, keeps the file’s order, and names none twice', () => {
    fc.assert(
      fc.property(anyRules, anyRequest, fc.boolean(), (rules, { method, path }, caseless) => {
        const [config] = apis({
          id: 'orders',
          name: 'Orders',
          upstream: 'http://127.0.0.1:1',
          case_insensitive_paths: caseless,
          rules,
        });
        if (config === undefined) throw new Error('There is an API.');
        const api = compileApi(config);
        const readings = readPath(path);
        const all = [...api.denies, ...api.allows].filter(
          (rule) => rule.coversMethod(method) && rule.coversPath(readings),
        );
        const { denies, allows } = api.matching(method, readings);
        expect([...denies, ...allows].map((rule) => rule.name)).toEqual(all.map((rule) => rule.name));
      }),
      { numRuns: 3000 },
    );
  });
});
