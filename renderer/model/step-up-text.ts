import type { CatalogEntry } from '../../shared/catalog.ts';
import { type StepUp, strictestStepUp } from '../../shared/step-up.ts';
import { text } from '../../shared/messages/text.ts';
import { demandWords } from '../../shared/step-up-text.ts';

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
