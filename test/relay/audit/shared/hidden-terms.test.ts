import { describe, expect, it } from 'vitest';
import { createTermKey, hiddenMark } from '../../../../relay/audit/shared/hidden-terms.ts';
import { termOf, valueOf } from '../../../../relay/audit/shared/index-terms.ts';

const [key, other] = [createTermKey(Buffer.alloc(32, 1)), createTermKey(Buffer.alloc(32, 2))];
const values = ['zoe', 'zoé "quoted" \t\u0000', '', '~', '~zoe', 'x'.repeat(200)];

describe('what the index in PostgreSQL hides', () => {
  it.each(values)('is found by the same value, and read with the key alone: %j', (value) => {
    const term = termOf('user', value, key);
    expect([termOf('user', value, createTermKey(Buffer.alloc(32, 1))), valueOf('user', term, key)]).toEqual([
      term,
      value,
    ]);
    expect(term).not.toBe(termOf('user', value, other));
    for (const stranger of [null, other]) expect(valueOf('user', term, stranger)).toMatch(/^~[\w-]{22,}$/);
  });

  it.each(values)('is told from what was never hidden: %j', (value) => {
    expect(valueOf('user', termOf('user', value, null), key)).toBe(value);
  });

  it('is nothing that anybody has changed', () => {
    const hidden = key.hide('zoe');
    expect(key.open(hidden)).toBe('zoe');
    for (const changed of ['', 'AAAA', hidden.slice(1), `${hidden.slice(0, -1)}${hidden.endsWith('A') ? 'Q' : 'A'}`])
      expect(key.open(changed)).toBeNull();
  });

  it.each([
    ['user', true],
    ['session', true],
    ['device', true],
    ['address', true],
    ['path', true],
    ['api', false],
    ['group', false],
    ['request', false],
  ] as const)('%s: %s', (field, isHidden) => {
    expect(termOf(field, 'value', key).startsWith(`${field}:${hiddenMark}`)).toBe(isHidden);
  });
});
