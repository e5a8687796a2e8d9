import { AccessError } from '../../shared/errors.ts';
import type { Lock } from './lock.ts';
import { isOnPerson } from './locks-in-force.ts';
import { endOf, openTunnels, type SessionRecord, signedOutAt } from './session-record.ts';

/** Which sessions are meant; all given filters must fit. */
export interface SessionFilter {
  readonly session?: string;
  /** User name or subject, in any letter case. */
  readonly person?: string;
  /** Id or name, in any letter case. */
  readonly device?: string;
  readonly appVersion?: string;
  readonly address?: string;
  readonly api?: string;
}

/** A session with what is known of it now. */
export interface ShownSession extends Omit<SessionRecord, 'tunnels' | 'tokenId' | 'issuedAtMs' | 'signedOutAtMs'> {
  readonly openTunnels: number;
  /** Why and when it was ended before its time; null while it goes on. */
  readonly ended: { readonly by: string; readonly reason: string; readonly atMs: number } | null;
}

type Fits = (session: SessionRecord, value: string) => boolean;

const same = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase();

const filters: Readonly<Record<keyof SessionFilter, readonly [words: string, fits: Fits]>> = {
  session: ['has the id', ({ id }, value) => id === value],
  person: ['is of', (session, who) => isOnPerson({ type: 'person', who, issuer: null }, session)],
  device: ['is on the device', ({ device }, value) => same(device.id, value) || same(device.name, value)],
  appVersion: ['is of an app of version', ({ device }, value) => device.appVersion === value],
  address: ['came from', ({ addresses }, value) => Object.hasOwn(addresses, value)],
  api: ['has used', ({ apis }, value) => Object.hasOwn(apis, value)],
};

/**
 * The sessions that fit all filters.
 * @throws AccessError `bad-input` for a filter that not one session fits by itself: the name is wrong, or nobody was here
 */
export function findSessions(sessions: readonly SessionRecord[], filter: SessionFilter): readonly SessionRecord[] {
  let found = sessions;
  for (const [name, [words, fits]] of Object.entries(filters)) {
    const value = filter[name as keyof SessionFilter];
    if (value === undefined) continue;
    if (!sessions.some((session) => fits(session, value)))
      throw new AccessError('bad-input', `No session ${words} “${value.slice(0, 200)}”.`);
    found = found.filter((session) => fits(session, value));
  }
  return found;
}

/** A session as it is shown to people; without what tells its tokens. */
export function shownSession(session: SessionRecord, locks: readonly Lock[], nowMs: number): ShownSession {
  const { tunnels: _tunnels, tokenId: _tokenId, issuedAtMs: _issuedAtMs, signedOutAtMs: _out, ...rest } = session;
  const end = endOf(session, locks, nowMs);
  const signedOutMs = signedOutAt(session);
  const signedOut = signedOutMs === null ? null : { by: session.username, reason: 'Signed out.', atMs: signedOutMs };
  const ended = end === null ? signedOut : { by: end.author, reason: end.reason, atMs: end.createdAtMs };
  return { ...rest, openTunnels: openTunnels(session, nowMs), ended };
}
