import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { canonicalPath, type PathForm, pathForms } from '../../shared/canonical-path.ts';
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

const policyPage = await readFile(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const examples = examplesOf(policyPage);

/** Each row of the table of products: its path, and what it needs. */
const products = [...policyPage.matchAll(/^\| ([^|]+) \| ((?:`[a-z-]+` ?)*)\| `(\/[^`]*)` \|$/gm)].map(
  ([, product = '', keys = '', path = '']) => ({
    product,
    path,
    needs: pathForms.filter((form) => keys.includes(`\`${form}\``)),
  }),
);

describe('the examples in docs/policy.md', () => {
  it('are found', () => {
    expect(examples.length).toBeGreaterThan(35);
  });

  it.each(examples)('hold: $line', (example) => {
    const { said, actual } = verdict(example);
    expect(actual).toBe(said);
  });
});

describe('the table of products in docs/policy.md', () => {
  const sent = (path: string, allow: readonly PathForm[]): string | undefined => {
    const canonical = canonicalPath(path, { allow });
    return canonical.status === 'ok' ? canonical.path : undefined;
  };

  it('is found, and every key is needed by some product', () => {
    expect(products.length).toBeGreaterThanOrEqual(15);
    expect(new Set(products.flatMap(({ needs }) => needs))).toEqual(new Set(pathForms));
  });

  it.each(products)('names what $product needs, and no more', ({ path, needs }) => {
    expect(sent(path, needs)).toBe(path);
    for (const form of needs)
      expect(
        sent(
          path,
          needs.filter((other) => other !== form),
        ),
      ).toBeUndefined();
  });

  it.each(products)('has a path for $product that a rule can allow', ({ path, needs }) => {
    const decide = (rules: RuleInput[]): string =>
      policyOf(rules, { paths: { allow: [...needs] } }).decide(person(), { api: 'orders', method: 'GET', path }).effect;
    const folder = `/${path.split('/')[1]?.replaceAll(/%[0-9A-F]{2}/g, '*') ?? ''}/**`;
    expect(decide([{ name: 'r', paths: [folder] }])).toBe('allow');
    expect(decide([{ name: 'r' }, { name: 'd', effect: 'deny', paths: [folder] }])).toBe('deny');
  });
});
