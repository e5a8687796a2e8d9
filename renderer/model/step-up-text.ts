import type { CatalogEntry } from '../../shared/catalog.ts';
import { type StepUp, strictestStepUp } from '../../shared/step-up.ts';
import { formatSpan, joinNames } from '../../ui/model/format.ts';

/** What a rule asks of the sign-in, as the object of a sentence: “a sign-in from the last 15 min”. */
export function demandWords({ maxAgeSeconds, acr }: StepUp): string {
  const age = maxAgeSeconds === undefined ? '' : ` from the last ${formatSpan(maxAgeSeconds * 1000)}`;
  const kind = acr === undefined || acr.length === 0 ? '' : ` ${kindWords(acr)}`;
  return `a sign-in${age}${age !== '' && kind !== '' ? ',' : ''}${kind}`;
}

/** Values of `acr` that are the same everywhere (OpenID EAP ACR values 1.0, Okta's), in words. */
const knownKinds: Readonly<Record<string, string>> = {
  phr: 'with a passkey or security key',
  phrh: 'with a hardware-protected passkey or security key',
  mfa: 'with a second factor',
  'urn:okta:loa:2fa:any': 'with a second factor',
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor': 'with a second factor',
};

/** Kinds of sign-in in words; what a provider has named itself stays as it is. */
function kindWords(acr: readonly string[]): string {
  // What phrh asks for meets phr as well.
  const wanted = acr.includes('phr') ? acr.filter((value) => value !== 'phrh') : acr;
  const known = new Set(wanted.flatMap((value) => knownKinds[value] ?? []));
  const own = wanted.filter((value) => knownKinds[value] === undefined);
  return joinNames([...known, ...(own.length === 0 ? [] : [`of the kind ${joinNames(own, 'or')}`])], 'or');
}

/** What an API's rules will ask for before they allow something, or null when they ask for nothing. */
export interface StepUpNeed {
  readonly demand: StepUp;
  /** “Writing asks for a sign-in from the last 15 min.” */
  readonly text: string;
  /** In two or three words, for a list. */
  readonly badge: string;
}

/** Reads the need off the catalog: what is asked for, and whether for writing only or for everything. */
export function stepUpNeedOf(api: Pick<CatalogEntry, 'permissions' | 'stepUpFor'>): StepUpNeed | null {
  const demand = strictestStepUp(api.permissions.flatMap(({ stepUp }) => stepUp ?? []));
  if (demand === null) return null;
  const { what, badge } = needs[api.stepUpFor ?? 'part'];
  return { demand, text: `${what} ${demandWords(demand)}.`, badge };
}

const needs = {
  write: { what: 'Writing asks for', badge: 'sign in again to write' },
  everything: { what: 'Every request asks for', badge: 'sign in again to use' },
  part: { what: 'Part of it asks for', badge: 'sign in again for a part' },
} as const;
