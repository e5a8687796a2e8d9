import { isInForce, type Lock } from '../sessions/lock.ts';
import { foldedName } from '../sessions/locks-in-force.ts';
import type { SessionRecord } from '../sessions/session-record.ts';
import { erasedText } from '../audit/erased-text.ts';
import { actorAfterErasure, type PersonToErase } from './erased-person.ts';

/** What of a person’s sessions locks may be on. */
export interface OwnPlaces {
  readonly sessions: ReadonlySet<string>;
  /** Ids and names of devices, folded. */
  readonly devices: ReadonlySet<string>;
}

export function placesOf(sessions: readonly Pick<SessionRecord, 'id' | 'device' | 'chosen'>[]): OwnPlaces {
  const devices = sessions.flatMap(({ device: { id, name }, chosen }) => [id ?? '', name, chosen?.name ?? '']);
  return {
    sessions: new Set(sessions.map(({ id }) => id)),
    devices: new Set(devices.filter((name) => name !== '').map(foldedName)),
  };
}

type Who = Pick<PersonToErase, 'issuer' | 'names' | 'ownNames'>;

/** Whether a lock is on a person, or on a session or device of theirs. A device may be called like somebody else’s. */
export function isAbout({ target, author }: Lock, { issuer, names, ownNames }: Who, own: OwnPlaces): boolean {
  switch (target.type) {
    case 'person':
      return (
        (target.issuer === null || target.issuer === issuer) && names.map(foldedName).includes(foldedName(target.who))
      );
    case 'session':
      return own.sessions.has(target.session);
    case 'sign-in':
      return own.sessions.has(target.session) || (target.endedBy === 'person' && ownNames.includes(author));
    case 'device':
      return own.devices.has(foldedName(target.device));
    case 'group':
    case 'api':
    case 'address':
    case 'everything':
      return false;
  }
}

/**
 * A lock as it is once a person was erased; null when it goes with them. What shuts the person out stays as long as it is
 * in force; what the person did to others stays, under the alias.
 */
export function lockAfterErasure(lock: Lock, person: PersonToErase, own: OwnPlaces, nowMs: number): Lock | null {
  const isTheirs = isAbout(lock, person, own);
  // Nobody finds it by the person’s sessions any more, which are gone.
  if ((isTheirs || lock.ofErased === true) && !isInForce(lock, nowMs)) return null;
  const { removed } = lock;
  const renamed: Lock = {
    ...lock,
    author: actorAfterErasure(lock.author, person),
    removed: removed === null ? null : { ...removed, by: actorAfterErasure(removed.by, person) },
    ...(isTheirs ? { ofErased: true as const } : {}),
  };
  if (!isTheirs || lock.target.type !== 'sign-in' || lock.target.endedBy !== 'person') return renamed;
  // It names the device from which the person ended it.
  const { from: _from, ...target } = lock.target;
  return { ...renamed, target, reason: erasedText };
}

/** Another person’s session as it is once whoever ended it was erased. */
export function sessionAfterErasure(session: SessionRecord, person: PersonToErase): SessionRecord {
  const { revoked } = session;
  if (revoked === undefined) return session;
  return { ...session, revoked: { ...revoked, by: actorAfterErasure(revoked.by, person) } };
}
