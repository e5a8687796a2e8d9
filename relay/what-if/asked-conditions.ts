import type { RuleConfig } from '../config/config-schema.ts';
import { compileCallerConditions } from '../policy/caller-conditions.ts';
import { compileDeviceMatch } from '../policy/device-match.ts';
import { compileStepUp } from '../policy/step-up-demand.ts';

/** Something that a rule asks and no record of the audit tells: of the token, the computer or the sign-in. */
export interface AskedCondition {
  /** What it looks at; conditions on different things have nothing to do with each other. */
  readonly about: string;
  /** Any one of these values meets it; of `max_auth_age`, any sign-in that is not older in seconds. */
  readonly values: readonly string[] | number;
  readonly words: string;
  readonly isOfSignIn: boolean;
}

/** All conditions of a rule that a record can't answer; all must be met. Pure. */
export function askedConditions(rule: RuleConfig): readonly AskedCondition[] {
  const { kind, claims, scopes, device, max_auth_age: maxAge, acr } = rule;
  const conditions: AskedCondition[] = [];
  const ask = (about: string, values: AskedCondition['values'], words: string, isOfSignIn = false): void => {
    conditions.push({ about, values, words, isOfSignIn });
  };
  const callerWords = (part: Partial<RuleConfig>): string =>
    compileCallerConditions({ ...part, name: '', effect: 'allow', methods: [], paths: [] })[0]?.words ?? '';
  if (kind !== undefined) ask('kind', [kind], callerWords({ kind }));
  for (const [path, values] of Object.entries(claims ?? {}))
    ask(`claim ${path}`, values.map(String), callerWords({ claims: { [path]: values } }));
  if (scopes !== undefined) ask('scope', scopes, callerWords({ scopes }));
  if (device !== undefined) ask(`device ${JSON.stringify(device)}`, ['it'], compileDeviceMatch(device).words);
  const signIn = (part: Pick<RuleConfig, 'max_auth_age' | 'acr'>): string =>
    compileStepUp({ ...part, name: '', effect: 'allow', methods: [], paths: [] })?.words ?? '';
  if (maxAge !== undefined) ask('sign-in age', maxAge, signIn({ max_auth_age: maxAge }), true);
  if (acr !== undefined) ask('sign-in kind', acr, signIn({ acr }), true);
  return conditions;
}

/** The rule as it is once all that only the caller could tell is met. */
export function withoutAskedConditions(rule: RuleConfig): RuleConfig {
  const { kind: _kind, claims: _claims, scopes: _scopes, device: _device, ...rest } = rule;
  const { max_auth_age: _age, acr: _acr, ...plain } = rest;
  return plain;
}

/** Whether who meets the one certainly meets the other. */
export function implies(one: AskedCondition, other: AskedCondition): boolean {
  if (one.about !== other.about) return false;
  if (typeof one.values === 'number') return typeof other.values === 'number' && one.values <= other.values;
  const wanted = other.values;
  return typeof wanted !== 'number' && one.values.length > 0 && one.values.every((value) => wanted.includes(value));
}

/** Whether nobody can meet both: a caller is a person or a service. */
export function excludes(one: AskedCondition, other: AskedCondition): boolean {
  return one.about === 'kind' && other.about === 'kind' && !implies(one, other);
}
