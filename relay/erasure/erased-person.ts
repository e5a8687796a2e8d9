import { usernameOfActor } from '../audit/admin-caller.ts';

/** Somebody whose name goes from what the relay keeps. */
export interface PersonToErase {
  readonly issuer: string;
  readonly subject: string;
  /** Subject and all user names that the person had here. */
  readonly names: readonly string[];
  /** Those of them that nobody else has: what is kept by a name alone is the person’s only under these. */
  readonly ownNames: readonly string[];
  /** What the person is called from then on, wherever something is counted. */
  readonly alias: string;
}

/**
 * So much the clocks of relays, and of the machine that a command runs on, may differ: what began before an erasure may have
 * been used so long after it by the clock of the relay that says so.
 */
export const clocksDifferMs = 60_000;

/** Who did something, by the alias where it was the person. */
export function actorAfterErasure(
  actor: string,
  { ownNames, alias }: Pick<PersonToErase, 'ownNames' | 'alias'>,
): string {
  const username = usernameOfActor(actor);
  return ownNames.includes(username) ? `${alias}${actor.slice(username.length)}` : actor;
}
