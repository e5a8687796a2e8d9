import { reason } from '../../shared/reason.ts';
import { reasonedError } from '../../shared/plain-reason.ts';
import { hash } from 'node:crypto';
import type { JWSHeaderParameters } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { personKey } from './person-key.ts';
import { AccessError } from '../../shared/errors.ts';
import { checkIdToken } from './check-id-token.ts';
import { checkIntrospected } from './check-introspected.ts';
import { checkToken } from './check-token.ts';
import { decodeToken } from './decode-token.ts';
import { createDpopNonces } from './dpop-nonces.ts';
import type { Fetch } from './fetch-json.ts';
import { readGroups } from './groups-from-claims.ts';
import { identityFromClaims } from './identity-from-claims.ts';
import type { Authenticator, Credentials, Identity } from './identity.ts';
import type { KeptProviderKeys } from './kept-provider-keys.ts';
import { createKnownAddresses } from './known-addresses.ts';
import { mark, quoted, refused } from './refuse.ts';
import { createReplayCache, type ReplayCache } from './replay-cache.ts';
import { logoutReplayLifetimeMs, replayLifetimeMs } from './replay-lifetimes.ts';
import { checkRequiredClaims } from './required-claims.ts';
import { createRevocations, type Revocations, revocationLifetimeMs } from './revocations.ts';
import type { Schedule } from './schedule.ts';
import type { ProviderVitals } from './provider-vitals.ts';
import { type AuthenticatorIssuer, openProvider, type Provider, providerFingerprint } from './provider.ts';
import { createTokenCache } from './token-cache.ts';
import { verifyDpopProof } from './verify-dpop-proof.ts';
import { verifyLogoutToken } from './verify-logout-token.ts';
import { verifySignature } from './verify-signature.ts';

export type { AuthenticatorIssuer } from './provider.ts';

export interface AuthenticatorOptions {
  readonly issuers: readonly AuthenticatorIssuer[];
  /** Public address of this relay; a `Credentials.url` that is only a path is completed with it. */
  readonly relayUrl: string;
  readonly maxTokenBytes: number;
  readonly log: Logger;
  readonly now?: () => number;
  /** When to look for newer keys; by the process's clock by default. */
  readonly schedule?: Schedule;
  readonly fetch?: Fetch;
  /** Where used proofs are remembered for {@link replayLifetimeMs}; in this process by default. */
  readonly replays?: ReplayCache;
  /** Where used proofs of issuers that stand alone are remembered, whatever is out of reach; in this process by default. */
  readonly replaysHere?: ReplayCache;
  /** Where used logout tokens are remembered for ten minutes; in this process by default. */
  readonly logoutReplays?: ReplayCache;
  /** What was ended before its time; known to this process alone by default. */
  readonly revocations?: Revocations;
  /** An issuer has other keys than before: other processes of this relay should ask for them, too. */
  readonly onKeysChanged?: (issuer: string) => void;
  /** Where providers’ keys outlast a restart; nowhere when left out. */
  readonly keptKeys?: KeptProviderKeys;
  /** The first makes the nonces of DPoP proofs; those of all count, so that relays take each other’s. */
  readonly nonceSecrets?: () => readonly [Buffer, ...Buffer[]];
}

/** An authenticator whose issuers can be exchanged while it runs. */
export interface ReloadableAuthenticator extends Authenticator {
  /** Puts other issuers in force at once; unchanged ones keep their keys. @throws AccessError `bad-config` */
  replaceIssuers(issuers: readonly AuthenticatorIssuer[]): void;
  /** Who a token speaks of, when another process of this relay has checked its binding. @throws AccessError as `authenticate` */
  identityOf(token: string): Promise<Identity>;
  /** An issuer has other keys than before: asks for them now. */
  keysChanged(issuer: string): void;
  /** How the issuers are, one each. */
  providers(): readonly ProviderVitals[];
}

/**
 * Starts fetching every issuer's keys and validates access tokens with them (RFC 9068, 8725), opaque ones by
 * introspection (RFC 7662), and their binding to a key (RFC 9449) or certificate (RFC 8705).
 * @throws AccessError `bad-config` when issuers clash or a file can't be read.
 */
export function createAuthenticator(options: AuthenticatorOptions): ReloadableAuthenticator {
  const { log, maxTokenBytes, relayUrl, fetch, schedule, onKeysChanged, keptKeys, now = Date.now } = options;
  const cache = createTokenCache();
  const replays: ReplayCache = options.replays ?? createReplayCache({ lifetimeMs: replayLifetimeMs, now });
  const replaysHere: ReplayCache = options.replaysHere ?? createReplayCache({ lifetimeMs: replayLifetimeMs, now });
  const logoutReplays: ReplayCache =
    options.logoutReplays ?? createReplayCache({ lifetimeMs: logoutReplayLifetimeMs, now });
  const nonces = createDpopNonces({
    now,
    ...(options.nonceSecrets === undefined ? {} : { secrets: options.nonceSecrets }),
  });
  const revocations = options.revocations ?? createRevocations({ now });
  // A caller with many tokens must not push the sign-outs of others out of the relays' memory.
  const signOuts = createReplayCache({ lifetimeMs: revocationLifetimeMs, maxPerOwner: maxSignOutsPerPerson, now });
  // Logout tokens that not all relays could be told of: the provider may send them again.
  const untold = new LRUCache<string, true>({ max: maxUntold });
  const knownAddresses = createKnownAddresses();
  // The token of each identity, for checks while its session is open.
  const tokens = new WeakMap<Identity, string>();
  let providers = makeProviders(options.issuers, new Map());

  function makeProviders(
    issuers: readonly AuthenticatorIssuer[],
    old: ReadonlyMap<string, Provider>,
  ): ReadonlyMap<string, Provider> {
    const names = issuers.flatMap(({ issuer, accepted_issuers: others }) => [issuer, ...others]);
    if (new Set(names).size !== names.length)
      throw new AccessError('bad-config', 'Two issuers have the same identifier.');
    if (issuers.filter(({ introspection }) => introspection !== undefined).length > 1)
      throw new AccessError(
        'bad-config',
        'Two issuers have introspection: an opaque token doesn’t say whose it is, and must not be shown to another provider.',
      );
    const wanted = issuers.map((issuer) => ({ issuer, fingerprint: providerFingerprint(issuer) }));
    const made = new Map<string, Provider>();
    for (const { issuer, fingerprint } of wanted) {
      const before = old.get(issuer.issuer);
      const provider =
        before?.fingerprint === fingerprint
          ? before
          : openProvider(issuer, { log, now, schedule, fetch, onKeysChanged, keptKeys });
      for (const name of [issuer.issuer, ...issuer.accepted_issuers]) made.set(name, provider);
    }
    return made;
  }

  const identify = async (
    token: string,
    claims: Readonly<Record<string, unknown>>,
    provider: Provider,
  ): Promise<Identity> => {
    const { issuer, groupsLookup } = provider;
    checkRequiredClaims(claims, issuer.required_claims);
    const groups = readGroups(claims, issuer.claims.groups);
    if (groups.overage !== undefined && groupsLookup === undefined)
      throw refused(
        `leaves out the groups because there are too many (${groups.overage} overage); let the provider send only groups assigned to the app, or configure groups_lookup`,
        reason('token-groups-left-out'),
      );
    const values = groupsLookup === undefined ? groups.values : await groupsLookup.complete(claims, groups);
    const identity = identityFromClaims(claims, issuer, values);
    if (identity.tokenId !== undefined) return identity;
    return Object.freeze({ ...identity, tokenId: `sha256:${hash('sha256', token, 'base64url')}` });
  };

  const verifyJwt = async (token: string, from: string | undefined): Promise<Identity> => {
    const nowMs = now();
    const known = cache.get(token);
    if (known !== undefined) {
      const { identity, set } = known;
      if (nowMs < identity.expiresAtMs && providers.get(identity.issuer)?.keys.current() === set) return identity;
      cache.delete(token);
    }
    const decoded = decodeToken(token, maxTokenBytes);
    const iss = decoded.claims['iss'];
    const provider = typeof iss === 'string' ? providers.get(iss) : undefined;
    if (iss === undefined)
      throw refused('doesn’t say who issued it (no iss claim)', reason('token-lacks', { claim: 'iss' }));
    if (provider === undefined)
      throw refused(
        `comes from ${quoted(iss)}, which isn’t an issuer of this relay`,
        reason('token-of-other-issuer', { mark: mark('iss', iss) }),
      );
    const { introspector, issuer, keys } = provider;
    const check = issuer.token_kind === 'id_token' ? checkIdToken : checkToken;
    check(decoded, issuer, nowMs);
    const { key, set } = await keys.keyFor(decoded.header as JWSHeaderParameters, knownAddresses.has(from, nowMs));
    if (!verifySignature(token, String(decoded.header['alg']), key))
      throw refused('isn’t signed by its issuer', reason('token-signature-wrong'));
    const identity = await identify(token, decoded.claims, provider);
    if (issuer.introspection?.tokens === 'all') await introspector?.introspect(token);
    else cache.put(token, { identity, set });
    return identity;
  };

  const verifyOpaque = async (token: string, provider: Provider): Promise<Identity> => {
    if (token.length > maxTokenBytes)
      throw refused(`is larger than ${maxTokenBytes} bytes`, reason('token-too-large', { bytes: maxTokenBytes }));
    const answer = await provider.introspector?.introspect(token);
    return identify(token, checkIntrospected(answer ?? {}, provider.issuer, now()), provider);
  };

  /** What other relays can't be told now, they learn later; it counts here all the same. */
  const tellAll = async (telling: void | Promise<void>): Promise<void> => {
    try {
      await telling;
    } catch (error) {
      log.warn({ err: error }, 'other relays learn of a revocation only later');
    }
  };

  /** By what the token says, which isn’t checked yet: it only decides whether it is looked at now. */
  const claimsToStandAlone = (token: string): boolean => {
    if (![...providers.values()].some(({ issuer }) => issuer.standsAlone === true)) return false;
    const { iss } = decodeToken(token, maxTokenBytes).claims;
    return typeof iss === 'string' && providers.get(iss)?.issuer.standsAlone === true;
  };

  /** What is being checked; a provider that is replaced meanwhile goes when that is done. */
  const underWay = new Set<Promise<unknown>>();
  const leaving = new Set<Provider>();
  const closeSoon = (provider: Provider): void => {
    leaving.add(provider);
    void Promise.allSettled(underWay).then(() => {
      if (leaving.delete(provider)) provider.close();
    });
  };

  const verify = (token: string, from?: string): Promise<Identity> => {
    const work = verifyNow(token, from);
    const isOver = (): boolean => underWay.delete(work);
    underWay.add(work);
    work.then(isOver, isOver);
    return work;
  };

  const verifyNow = async (token: string, from?: string): Promise<Identity> => {
    const unknown = revocations.problem();
    if (unknown !== null && !claimsToStandAlone(token))
      throw new AccessError('shared-state-unavailable', `Whether this sign-in was ended isn’t known now. ${unknown}`, {
        reasons: [reason('end-unknown')],
      });
    // A JWT's header is an object, so that it begins with `{"` in base64url.
    const isJwt = token.startsWith('eyJ') && token.split('.', 6).length >= 3;
    const introspecting = [...providers.values()].find(({ introspector }) => introspector !== undefined);
    const identity =
      isJwt || introspecting === undefined ? await verifyJwt(token, from) : await verifyOpaque(token, introspecting);
    tokens.set(identity, token);
    const by = revocations.revokedBy(identity);
    if (by !== null) {
      const why = {
        administrator: reason('sign-in-revoked-by-admin'),
        provider: reason('sign-in-revoked-by', { provider: identity.issuerName }),
        person: reason('sign-in-revoked-by-you'),
      }[by];
      throw reasonedError('session-revoked', why);
    }
    return identity;
  };

  const checkBinding = async (credentials: Credentials, identity: Identity): Promise<void> => {
    const { jkt, certificateSha256 } = identity;
    if (certificateSha256 !== undefined) checkCertificate(certificateSha256, credentials);
    const issuer = providers.get(identity.issuer)?.issuer;
    if (jkt === undefined) {
      if (credentials.scheme === 'dpop')
        throw refused('isn’t bound to a key but comes with the DPoP scheme', reason('token-binding', { mark: 'DPoP' }));
      if (issuer?.dpop === 'required')
        throw refused(
          'isn’t bound to a key, which this relay demands (DPoP)',
          reason('token-binding', { mark: 'DPoP' }),
        );
      return;
    }
    if (credentials.scheme !== 'dpop')
      throw refused('is bound to a key but comes without a proof (DPoP)', reason('token-binding', { mark: 'DPoP' }));
    const url = new URL(credentials.url, relayUrl).href;
    const wantsNonce = issuer?.dpop_nonce === true;
    await verifyDpopProof({ ...credentials, url }, jkt, {
      nowMs: now(),
      replays: issuer?.standsAlone === true ? replaysHere : replays,
      nonces: wantsNonce ? nonces : undefined,
    });
  };

  let wasReady = false;
  return {
    async authenticate(credentials) {
      const { remoteAddress, token } = credentials;
      const identity = await verify(token, remoteAddress);
      await checkBinding(credentials, identity);
      knownAddresses.add(remoteAddress, now());
      wasReady = true;
      return identity;
    },
    readiness() {
      const problems = [...new Set(providers.values())]
        .map(({ keys }) => keys.problem())
        .filter((problem) => problem !== null);
      const unknown = revocations.problem();
      if (unknown !== null) problems.push(unknown);
      const ready = problems.length === 0;
      // Who signs in at an issuer that stands alone waits for nothing else.
      wasReady ||= ready || [...providers.values()].some(({ issuer }) => issuer.standsAlone === true);
      return { ready, wasReady, problems };
    },
    recheckAfterMs(identity) {
      const seconds = providers.get(identity.issuer)?.issuer.recheck_seconds ?? 0;
      return seconds === 0 ? undefined : seconds * 1000;
    },
    async recheck(identity) {
      const provider = providers.get(identity.issuer);
      const token = tokens.get(identity);
      if (provider === undefined || revocations.revokedBy(identity) !== null) return 'ended';
      if (token === undefined || provider.issuer.recheck_seconds === 0) return 'unknown';
      if (provider.introspector === undefined && !isForUserinfo(identity)) return 'unknown';
      try {
        const isActive =
          provider.introspector === undefined
            ? await provider.askUserinfo(token)
            : await provider.introspector.isActive(token);
        if (isActive !== false) return isActive === true ? 'active' : 'unknown';
        // The token itself would still do until it ends.
        const { issuer, tokenId } = identity;
        if (tokenId !== undefined) await tellAll(revocations.revoke({ issuer, tokenId }));
        return 'ended';
      } catch (error) {
        log.warn({ issuer: identity.issuer, err: error }, 'an open session can’t be checked at the provider');
        return 'unknown';
      }
    },
    async acceptLogoutToken(token) {
      const logout = await verifyLogoutToken(token, {
        providerOf: (iss) => (typeof iss === 'string' ? providers.get(iss) : undefined),
        maxBytes: maxTokenBytes,
        nowMs: now(),
        replays: untold.has(token) ? { use: () => 'first' } : logoutReplays,
      });
      const { issuer, sid, subject } = logout;
      try {
        // With a session named, only that one ends (OpenID Connect Back-Channel Logout 1.0 §2.7).
        if (sid !== undefined) await revocations.revoke({ issuer, sid, unnamedOf: subject });
        else if (subject !== undefined) await revocations.revoke({ issuer, subject });
        untold.delete(token);
      } catch (error) {
        untold.set(token, true);
        throw error;
      }
      return logout;
    },
    async signOut(identity) {
      const { issuer, tokenId = '' } = identity;
      if (signOuts.use(personKey(identity), tokenId) === 'full')
        throw new AccessError('overloaded', 'There were too many sign-outs within a day; this one was not taken.', {
          reasons: [reason('sign-outs-full')],
        });
      await revocations.revoke({ issuer, signInOf: identity }, 'person');
    },
    identityOf: (token) => verify(token),
    providers: () =>
      [...new Set(providers.values())].map(({ issuer, keys, groupsLookup }) => ({
        issuer: issuer.issuer,
        name: issuer.name,
        ...keys.vitals(),
        groupsLookup: groupsLookup?.vitals() ?? null,
      })),
    keysChanged: (issuer) => providers.get(issuer)?.keys.tryAgain(),
    replaceIssuers(issuers) {
      const old = providers;
      providers = makeProviders(issuers, old);
      cache.clear();
      const kept = new Set(providers.values());
      for (const provider of new Set(old.values())) if (!kept.has(provider)) closeSoon(provider);
    },
    close() {
      for (const provider of leaving) provider.close();
      leaving.clear();
      for (const provider of new Set(providers.values())) provider.close();
      cache.clear();
      replays.close?.();
      replaysHere.close?.();
      logoutReplays.close?.();
    },
  };
}

/** A userinfo endpoint speaks of people only, and of a bound token only to who can prove its key or certificate. */
function isForUserinfo({ kind, jkt, certificateSha256 }: Identity): boolean {
  return kind === 'person' && jkt === undefined && certificateSha256 === undefined;
}

const maxUntold = 1000;
/** Of each person within a day. */
const maxSignOutsPerPerson = 500;

/** RFC 8705 §3: the token counts only over a connection that uses the certificate which it is bound to. */
function checkCertificate(bound: string, { clientCertificateSha256: used }: Credentials): void {
  if (used === undefined || used === '')
    throw refused(
      'is bound to a client certificate, but the connection has none (cnf.x5t#S256)',
      reason('token-no-certificate'),
    );
  if (used !== bound)
    throw refused(
      'is bound to another client certificate than the connection’s (cnf.x5t#S256)',
      reason('token-other-certificate'),
    );
}
