import type { Lock } from './lock.ts';
import { isOnPerson } from './locks-in-force.ts';
import { chosenName, endOf, openTunnels, revocationOf, type SessionRecord, signedOutAt } from './session-record.ts';

/** Which sessions are meant; all given filters must fit. */
export interface SessionFilter {
  readonly session?: string;
  /** User name or subject, in any letter case. */
  readonly person?: string;
  /** Id or name, in any letter case; as its client says them, as locks go by these alone. */
  readonly device?: string;
  readonly appVersion?: string;
  readonly address?: string;
  readonly api?: string;
}

/** A session with what is known of it now. */
export interface ShownSession extends Omit<
  SessionRecord,
  'tunnels' | 'tokenId' | 'issuedAtMs' | 'signedOutAtMs' | 'revoked' | 'providerSession' | 'chosen'
> {
  /** What the person calls the device; null while that is what its client says. */
  readonly chosenName: string | null;
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

/** Whether a session fits all filters. */
export function fitsFilter(session: SessionRecord, filter: SessionFilter): boolean {
  return filtersOf(filter).every(([, fits, value]) => fits(session, value));
}

/** Each filter by itself, with what it says of a session in words. */
export function singleFilters(
  filter: SessionFilter,
): readonly { readonly words: string; readonly filter: SessionFilter }[] {
  return filtersOf(filter).map(([words, , value, name]) => ({
    words: `${words} “${value.slice(0, 200)}”`,
    filter: { [name]: value },
  }));
}

function filtersOf(
  filter: SessionFilter,
): readonly (readonly [words: string, fits: Fits, value: string, name: string])[] {
  return Object.entries(filters).flatMap(([name, [words, fits]]) => {
    const value = filter[name as keyof SessionFilter];
    return value === undefined ? [] : [[words, fits, value, name] as const];
  });
}

/** A session as it is shown to people; without what tells its tokens. */
export function shownSession(session: SessionRecord, locks: readonly Lock[], nowMs: number): ShownSession {
  const { tunnels: _tunnels, tokenId: _tokenId, issuedAtMs: _issuedAtMs, ...rest } = session;
  const { signedOutAtMs: _out, revoked: _revoked, providerSession: _provider, chosen: _chosen, ...shown } = rest;
  return {
    ...shown,
    chosenName: chosenName(session),
    openTunnels: openTunnels(session, nowMs),
    ended: earlyEnd(session, locks, nowMs),
  };
}

/** How a session ended before its time: by a lock, with all sign-ins of the person, or by signing out; null while it goes on. */
export function earlyEnd(session: SessionRecord, locks: readonly Lock[], nowMs: number): ShownSession['ended'] {
  const end = endOf(session, locks, nowMs);
  if (end !== null) return { by: end.author, reason: end.reason, atMs: end.createdAtMs };
  const revoked = revocationOf(session);
  if (revoked !== null) return revoked;
  const signedOutMs = signedOutAt(session);
  return signedOutMs === null ? null : { by: session.username, reason: 'Signed out.', atMs: signedOutMs };
}
