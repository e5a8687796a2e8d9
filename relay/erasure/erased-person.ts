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

/** Who did something, by the alias where it was the person. */
export function actorAfterErasure(
  actor: string,
  { ownNames, alias }: Pick<PersonToErase, 'ownNames' | 'alias'>,
): string {
  const username = usernameOfActor(actor);
  return ownNames.includes(username) ? `${alias}${actor.slice(username.length)}` : actor;
}
