import type { CatalogEntry } from '../../shared/catalog.ts';
import { type StepUp, strictestStepUp } from '../../shared/step-up.ts';
import { formatSpan, joinNames } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';

/** What a rule asks of the sign-in, as the object of a sentence: “a sign-in from the last 15 min”. */
export function demandWords({ maxAgeSeconds, acr }: StepUp): string {
  const span = maxAgeSeconds === undefined ? null : formatSpan(maxAgeSeconds * 1000);
  const kind = acr === undefined || acr.length === 0 ? null : kindWords(acr);
  if (span === null) return kind === null ? text('step-up.demand') : text('step-up.demand.kind', { kind });
  return kind === null ? text('step-up.demand.age', { span }) : text('step-up.demand.age-kind', { span, kind });
}

/** Values of `acr` that are the same everywhere (OpenID EAP ACR values 1.0, Okta's), in words. */
const knownKinds: Readonly<Record<string, 'passkey' | 'hardware-passkey' | 'second-factor'>> = {
  phr: 'passkey',
  phrh: 'hardware-passkey',
  mfa: 'second-factor',
  'urn:okta:loa:2fa:any': 'second-factor',
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor': 'second-factor',
};

/** Kinds of sign-in in words; what a provider has named itself stays as it is. */
function kindWords(acr: readonly string[]): string {
  // What phrh asks for meets phr as well.
  const wanted = acr.includes('phr') ? acr.filter((value) => value !== 'phrh') : acr;
  const known = new Set(wanted.flatMap((value) => knownKinds[value] ?? []));
  const own = wanted.filter((value) => knownKinds[value] === undefined);
  const words = [...known].map((kind) => text(`step-up.kind.${kind}`));
  const named = own.length === 0 ? [] : [text('step-up.kind.own', { kinds: joinNames(own, 'or') })];
  return joinNames([...words, ...named], 'or');
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
  const what = api.stepUpFor ?? 'part';
  return {
    demand,
    text: text(`step-up.need.${what}`, { demand: demandWords(demand) }),
    badge: text(`step-up.badge.${what}`),
  };
}
