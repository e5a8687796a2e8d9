import type { Identity } from './identity.ts';

/**
 * What was ended before its time: a provider's session (with the tokens of its person that don't say which session they
 * are of), all of a person's tokens up to now, one token, or the sign-in that a token is of (see {@link extentOfSignIn}).
 */
export type Revocation =
  | { readonly issuer: string; readonly sid: string; readonly unnamedOf: string | undefined }
  | { readonly issuer: string; readonly subject: string }
  | { readonly issuer: string; readonly tokenId: string }
  | { readonly issuer: string; readonly signInOf: RevocableIdentity };

/** Who ended something: the identity provider (also by a re-check), somebody who runs the relay, or the person. */
export type RevokedBy = 'provider' | 'administrator' | 'person';

/** Who is looked up among the revocations. */
export interface RevocableIdentity extends Partial<Pick<Identity, 'kind' | 'jkt'>> {
  readonly issuer: string;
  readonly subject: string;
  readonly providerSessionId: string | undefined;
  readonly tokenId: string | undefined;
  /** `iat`, milliseconds since the epoch; unknown counts as before every revocation. */
  readonly issuedAtMs?: number | undefined;
}

/**
 * Which tokens are of the same sign-in as this one, as far as it says: those of the provider's session, those that are
 * bound to the app's key, which is new for each sign-in, or only itself. What several processes of a service have in
 * common is no sign-in.
 */
export function extentOfSignIn(identity: RevocableIdentity): 'session' | 'key' | 'token' {
  const { kind, providerSessionId, issuedAtMs, jkt } = identity;
  if (kind === 'service') return 'token';
  // Without its time, a token of the next sign-in in that session couldn't be told from one of before.
  if (providerSessionId !== undefined && issuedAtMs !== undefined) return 'session';
  return jkt === undefined ? 'token' : 'key';
}

/** Remembers revocations for as long as a token from before could still be valid. */
export interface Revocations {
  /**
   * In force here at once; a promise resolves when all relays can know it.
   * Rejects with AccessError `shared-state-unavailable` when they learn it only later.
   */
  revoke(revocation: Revocation, by?: RevokedBy): void | Promise<void>;
  /** Who ended the sign-in that the identity is from; null when nobody did. */
  revokedBy(identity: RevocableIdentity): RevokedBy | null;
  /** Why a revocation by another relay may not be known here, in words; null when all are. */
  problem(): string | null;
  close?(): void;
}

/** One name that was revoked and when, milliseconds since the epoch; what relays tell each other. */
export interface RevocationMark {
  readonly name: string;
  readonly atMs: number;
  readonly by: RevokedBy;
}

/** Revocations of this process, with the marks that they are made of. */
export interface LocalRevocations extends Revocations {
  revoke(revocation: Revocation, by?: RevokedBy): void;
  /** Revokes, and says the marks that this made. */
  mark(revocation: Revocation, by?: RevokedBy): readonly RevocationMark[];
  /** Takes over a mark of another relay; whether it says something new. */
  take(mark: RevocationMark): boolean;
  /** All that still counts. */
  marks(): readonly RevocationMark[];
}

/** How long a revocation is remembered, milliseconds. */
export const revocationLifetimeMs = 24 * 3_600_000;

/** What a store says of who it was. */
export function readRevokedBy(stored: unknown): RevokedBy {
  return stored === 'administrator' || stored === 'person' ? stored : 'provider';
}

/**
 * Bounded: the oldest go first, after `lifetimeMs` or beyond `maxEntries`. What people end themselves is counted apart,
 * so that no number of sign-outs can make a relay forget whom an administrator or a provider has shut out.
 */
export function createRevocations(options: {
  readonly now: () => number;
  readonly lifetimeMs?: number;
  readonly maxEntries?: number;
}): LocalRevocations {
  const { now, lifetimeMs = revocationLifetimeMs, maxEntries = 100_000 } = options;
  // Each in order of entry, which with one lifetime is nearly the order of expiry.
  const byPeople = new Map<string, RevocationMark>();
  const byOthers = new Map<string, RevocationMark>();
  const forget = (): void => {
    for (const marks of [byPeople, byOthers]) {
      for (const [name, { atMs }] of marks) {
        if (marks.size <= maxEntries && atMs + lifetimeMs > now()) break;
        marks.delete(name);
      }
    }
  };
  const find = (name: string): RevocationMark | undefined => byOthers.get(name) ?? byPeople.get(name);
  const nameOf = (kind: string, issuer: string, value: string): string => JSON.stringify([kind, issuer, value]);
  const take = (mark: RevocationMark): boolean => {
    const { name, atMs, by } = mark;
    const known = by === 'person' ? byPeople : byOthers;
    if ((known.get(name)?.atMs ?? Number.NEGATIVE_INFINITY) >= atMs || atMs + lifetimeMs <= now()) return false;
    known.delete(name);
    known.set(name, mark);
    forget();
    return true;
  };
  const mark = (revocation: Revocation, by: RevokedBy = 'provider'): readonly RevocationMark[] => {
    // The provider's clock may be ahead: what is ended must not count as made later.
    const atMs = Math.max(now(), 'signInOf' in revocation ? (revocation.signInOf.issuedAtMs ?? 0) : 0);
    const marks = namesOf(revocation).map((name) => ({ name, atMs, by }));
    for (const each of marks) take(each);
    return marks;
  };
  const namesOf = (revocation: Revocation): readonly string[] => {
    const { issuer } = revocation;
    if ('subject' in revocation) return [nameOf('subject', issuer, revocation.subject)];
    if ('tokenId' in revocation) return [nameOf('token', issuer, revocation.tokenId)];
    if ('signInOf' in revocation) return signInNames(revocation.signInOf);
    const { sid, unnamedOf } = revocation;
    const session = nameOf('sid', issuer, sid);
    return unnamedOf === undefined ? [session] : [nameOf('unnamed', issuer, unnamedOf), session];
  };
  const signInNames = (identity: RevocableIdentity): readonly string[] => {
    const { issuer, tokenId, providerSessionId = '', jkt = '' } = identity;
    const extent = extentOfSignIn(identity);
    return [
      ...(tokenId === undefined ? [] : [nameOf('token', issuer, tokenId)]),
      ...(extent === 'session' ? [nameOf('signed-out', issuer, providerSessionId)] : []),
      ...(extent === 'key' ? [nameOf('signed-out-key', issuer, jkt)] : []),
    ];
  };
  return {
    revoke: (revocation, by) => void mark(revocation, by),
    mark,
    take,
    marks() {
      forget();
      return [...byOthers.values(), ...byPeople.values()];
    },
    problem: () => null,
    revokedBy({ issuer, subject, providerSessionId, tokenId, jkt, issuedAtMs }) {
      forget();
      if (byOthers.size + byPeople.size === 0) return null;
      const session = providerSessionId === undefined ? undefined : find(nameOf('sid', issuer, providerSessionId));
      const token = tokenId === undefined ? undefined : find(nameOf('token', issuer, tokenId));
      const fromBefore = [
        nameOf('subject', issuer, subject),
        providerSessionId === undefined
          ? nameOf('unnamed', issuer, subject)
          : nameOf('signed-out', issuer, providerSessionId),
        ...(jkt === undefined ? [] : [nameOf('signed-out-key', issuer, jkt)]),
      ]
        .map(find)
        .find((found) => found !== undefined && (issuedAtMs === undefined || issuedAtMs <= found.atMs));
      return (session ?? token ?? fromBefore)?.by ?? null;
    },
  };
}
