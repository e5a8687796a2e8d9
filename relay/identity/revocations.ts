/**
 * What was ended before its time: a provider's session (with the tokens of its person that don't say which session they
 * are of), all of a person's tokens up to now, or one token.
 */
export type Revocation =
  | { readonly issuer: string; readonly sid: string; readonly unnamedOf: string | undefined }
  | { readonly issuer: string; readonly subject: string }
  | { readonly issuer: string; readonly tokenId: string };

/** Who is looked up among the revocations. */
export interface RevocableIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly providerSessionId: string | undefined;
  readonly tokenId: string | undefined;
  /** `iat`, milliseconds since the epoch; unknown counts as before every revocation. */
  readonly issuedAtMs?: number | undefined;
}

/** Remembers revocations for as long as a token from before could still be valid. */
export interface Revocations {
  /** `atMs` is when it was ended, for one that is heard of later; now when left out. */
  revoke(revocation: Revocation, atMs?: number): void;
  isRevoked(identity: RevocableIdentity): boolean;
}

/** Bounded: the oldest go first, after `lifetimeMs` or beyond `maxEntries`. */
export function createRevocations(options: {
  readonly now: () => number;
  readonly lifetimeMs?: number;
  readonly maxEntries?: number;
}): Revocations {
  const { now, lifetimeMs = 24 * 3_600_000, maxEntries = 100_000 } = options;
  // In order of entry, which with one lifetime is the order of expiry.
  const revokedAtMs = new Map<string, number>();
  const forget = (): void => {
    for (const [name, atMs] of revokedAtMs) {
      if (revokedAtMs.size <= maxEntries && atMs + lifetimeMs > now()) break;
      revokedAtMs.delete(name);
    }
  };
  const nameOf = (kind: string, issuer: string, value: string): string => JSON.stringify([kind, issuer, value]);
  const put = (name: string, atMs: number): void => {
    const latestMs = Math.max(atMs, revokedAtMs.get(name) ?? 0);
    revokedAtMs.delete(name);
    revokedAtMs.set(name, latestMs);
  };
  return {
    revoke(revocation, atMs = now()) {
      const { issuer } = revocation;
      if ('sid' in revocation && revocation.unnamedOf !== undefined)
        put(nameOf('unnamed', issuer, revocation.unnamedOf), atMs);
      const name =
        'sid' in revocation
          ? nameOf('sid', issuer, revocation.sid)
          : 'subject' in revocation
            ? nameOf('subject', issuer, revocation.subject)
            : nameOf('token', issuer, revocation.tokenId);
      put(name, atMs);
      forget();
    },
    isRevoked({ issuer, subject, providerSessionId, tokenId, issuedAtMs }) {
      forget();
      if (revokedAtMs.size === 0) return false;
      if (providerSessionId !== undefined && revokedAtMs.has(nameOf('sid', issuer, providerSessionId))) return true;
      if (tokenId !== undefined && revokedAtMs.has(nameOf('token', issuer, tokenId))) return true;
      return (['subject', ...(providerSessionId === undefined ? ['unnamed'] : [])] as const).some((kind) => {
        const atMs = revokedAtMs.get(nameOf(kind, issuer, subject));
        return atMs !== undefined && (issuedAtMs === undefined || issuedAtMs <= atMs);
      });
    },
  };
}
