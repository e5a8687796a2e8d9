import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { canonicalPath } from '../../shared/canonical-path.ts';
import { type RuleInput, person, policyOf } from '../relay/policy/policy-fixture.ts';

interface Example {
  readonly line: string;
  readonly rules: readonly RuleInput[];
}

/** Each line of a `requests` block with the rules of the nearest `yaml rules` block above it. */
function examplesOf(markdown: string): readonly Example[] {
  let rules: readonly RuleInput[] = [];
  return [...markdown.matchAll(/^```(yaml rules|requests)\n([^]*?)^```$/gm)].flatMap(([, kind, body = '']) => {
    if (kind === 'requests')
      return body
        .trimEnd()
        .split('\n')
        .map((line) => ({ line, rules }));
    rules = parse(body) as RuleInput[];
    return [];
  });
}

function verdict({ line, rules }: Example): { readonly said: string; readonly actual: string } {
  const [groups = '', method = '', target = '', ...said] = line.trim().split(/\s+/);
  const canonical = canonicalPath(target);
  if (canonical.status === 'refused') return { said: said.join(' '), actual: '400' };
  const identity = person(...(groups === '-' ? [] : groups.split(',')));
  const decision = policyOf(rules).decide(identity, { api: 'orders', method, path: canonical.path });
  const unlocked =
    decision.effect === 'deny' && decision.unlockedBy.length > 0 ? ['unlocked by', ...decision.unlockedBy] : [];
  return {
    said: said.join(' '),
    actual: [decision.effect, decision.rule ?? '', ...unlocked].filter(Boolean).join(' '),
  };
}

const examples = examplesOf(await readFile(new URL('../../docs/policy.md', import.meta.url), 'utf8'));

describe('the examples in docs/policy.md', () => {
  it('are found', () => {
    expect(examples.length).toBeGreaterThan(35);
  });

  it.each(examples)('hold: $line', (example) => {
    const { said, actual } = verdict(example);
    expect(actual).toBe(said);
  });
});
