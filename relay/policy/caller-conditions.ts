import { reason, type Reason, type ReasonValue } from '../../shared/reason.ts';
import type { RuleConfig } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';
import type { PolicySubject } from './decision.ts';
import { listWords } from './rule-words.ts';

/** Something that a rule asks of the caller besides groups. It holds or not for the whole life of a token. */
export interface CallerCondition {
  /** What is asked, for example “a token whose claim department is sales”. */
  readonly words: string;
  /** The same as a part of a sentence. */
  readonly reason: () => Reason;
  holds(subject: PolicySubject): boolean;
}

/** Conditions on kind, claims and scopes; a caller must meet them all. A list without entries means nobody. */
export function compileCallerConditions(rule: RuleConfig): readonly CallerCondition[] {
  const { kind, claims, scopes } = rule;
  const conditions: CallerCondition[] = [];
  if (kind !== undefined) {
    conditions.push({
      words: kind === 'service' ? 'a service, not a person' : 'a person, not a service',
      reason: () => reason(`if-${kind}`),
      holds: (subject) => (subject.kind ?? 'person') === kind,
    });
  }
  for (const [path, values] of Object.entries(claims ?? {})) {
    const wanted = new Set(values.map(String));
    conditions.push({
      words: `a token whose claim ${path} is ${listWords([...wanted], 'or') || 'none'}`,
      reason: () => reason('if-claim', { claim: path, values: anyOf([...wanted]) }),
      holds: (subject) => holdsValue(claimAt(subject.claims ?? {}, path), wanted),
    });
  }
  if (scopes !== undefined) {
    const wanted = new Set(scopes);
    conditions.push({
      words: `a token with the scope ${listWords(scopes, 'or') || 'none'}`,
      reason: () => reason('if-scope', { scopes: anyOf(scopes) }),
      holds: (subject) => (subject.scopes ?? []).some((scope) => wanted.has(scope)),
    });
  }
  return conditions;
}

/** Any one of these, or the word for none. */
export function anyOf(values: readonly string[]): ReasonValue {
  return values.length === 0 ? { and: [reason('if-none')] } : { any: values };
}

/** A list holds a value when any of its entries is one; numbers and truth values compare by their text. */
function holdsValue(claim: unknown, wanted: ReadonlySet<string>): boolean {
  if (Array.isArray(claim)) return claim.some((entry) => isPlain(entry) && wanted.has(String(entry)));
  return isPlain(claim) && wanted.has(String(claim));
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
