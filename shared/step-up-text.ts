import { text } from './messages/text.ts';
import type { StepUpNeed } from './snapshot.ts';
import type { StepUp } from './step-up.ts';

/** “Writing to Orders needs a sign-in from the last 15 minutes.”; `need` is null when the person began by themselves. */
export function stepUpSentence(need: StepUpNeed | null, api: string): string {
  if (need === null) return text('fresh-sign-in.own');
  const { writes, demand: stepUp } = need;
  const demand = demandWords(stepUp);
  const { path } = stepUp;
  if (path === undefined) return text(`fresh-sign-in.${writes ? 'write' : 'read'}`, { api, demand });
  return text(`fresh-sign-in.${writes ? 'write' : 'read'}-at`, { api, path, demand });
}

/** What a rule asks of the sign-in, as the object of a sentence: “a sign-in from the last 15 minutes”. */
export function demandWords({ maxAgeSeconds, acr }: StepUp): string {
  const age = maxAgeSeconds === undefined ? null : ageWords(maxAgeSeconds);
  const kind = acr === undefined || acr.length === 0 ? null : kindWords(acr);
  if (age !== null && kind !== null) return text('fresh-sign-in.age-and-kind', { age, kind });
  if (age !== null) return text('fresh-sign-in.age', { age });
  return kind === null ? text('fresh-sign-in.any') : text('fresh-sign-in.kind', { kind });
}

const units = [
  ['days', 86_400],
  ['hours', 3600],
  ['minutes', 60],
] as const;

/** The largest unit that says it exactly: “90 seconds”, “15 minutes”. */
function ageWords(seconds: number): string {
  const [unit, size] = units.find(([, length]) => seconds >= length && seconds % length === 0) ?? ['seconds', 1];
  return text(`fresh-sign-in.${unit}`, { count: seconds / size });
}

/** Values of `acr` that are the same everywhere (OpenID EAP ACR values 1.0, Okta's). */
const knownKinds: ReadonlyMap<string, 'passkey' | 'hardware' | 'second-factor'> = new Map([
  ['phr', 'passkey'],
  ['phrh', 'hardware'],
  ['mfa', 'second-factor'],
  ['urn:okta:loa:2fa:any', 'second-factor'],
  ['http://schemas.openid.net/pape/policies/2007/06/multi-factor', 'second-factor'],
]);

/** Kinds of sign-in in words; what a provider has named itself stays as it is. */
function kindWords(acr: readonly string[]): string {
  // What phrh asks for meets phr as well.
  const wanted = acr.includes('phr') ? acr.filter((value) => value !== 'phrh') : acr;
  const known = new Set(wanted.flatMap((value) => knownKinds.get(value) ?? []));
  const own = wanted.filter((value) => !knownKinds.has(value));
  const named = own.length === 0 ? [] : [text('fresh-sign-in.kind.named', { kinds: either(own) })];
  return either([...[...known].map((kind) => text(`fresh-sign-in.kind.${kind}`)), ...named]);
}

/** “a”, “a or b”, “a, b or c”. */
function either(words: readonly string[]): string {
  const [last = '', ...others] = words.toReversed();
  if (others.length === 0) return last;
  return text('fresh-sign-in.either', { one: others.toReversed().join(', '), other: last });
}
