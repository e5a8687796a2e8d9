import type { Logger } from 'pino';
import type { BreakGlassConfig } from '../config/break-glass-schema.ts';
import type { Seal } from '../shared-state/seal.ts';
import type { Attempts } from './attempts.ts';
import type { BreakGlassStore } from './break-glass-store.ts';
import type { RelyingParty } from './passkeys.ts';
import type { Announcements } from './announcements.ts';
import type { BreakGlassKeys } from './signing-keys.ts';

/** What the pages of break-glass work with. */
export interface BreakGlassParts {
  readonly issuer: string;
  /** Origin of the relay’s address: the only one whose pages may send forms. */
  readonly origin: string;
  readonly relayUrl: string;
  readonly relayName: string;
  readonly settings: () => BreakGlassConfig;
  /** Where the operators’ console takes answers; null where nobody signs in there with these accounts. */
  readonly consoleCallback: () => string | null;
  readonly store: BreakGlassStore;
  readonly keys: BreakGlassKeys;
  /** For what pages hold; of this data folder, because what was used is known there. */
  readonly pageSeal: Seal;
  readonly party: RelyingParty;
  readonly attempts: Attempts;
  /** The challenge that a page has, once. */
  readonly takeChallenge: (challenge: string | null) => string | null;
  readonly announce: Announcements;
  readonly log: Logger;
  readonly now: () => number;
}
