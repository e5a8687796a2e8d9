import { reason as sentence } from '../../shared/reason.ts';
import type { KeyObject } from 'node:crypto';
import type { JWSHeaderParameters } from 'jose';
import type { Logger } from 'pino';
import { type Backoff, backoffMs } from '../../shared/backoff.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { failureReason } from './failure-reason.ts';
import { createJsonFetcher, type Fetch } from './fetch-json.ts';
import type { KeptProviderKeys } from './kept-provider-keys.ts';
import { createKeySet, type KeySet } from './key-set.ts';
import { createMissingKids } from './missing-kids.ts';
import type { Outbound } from './open-outbound.ts';
import type { KeyVitals } from './provider-vitals.ts';
import { createPromptFetches } from './prompt-fetches.ts';
import { mark, quoted, refused } from './refuse.ts';
import { type Schedule, scheduleByTimer } from './schedule.ts';
import { TryLaterError } from './try-later-error.ts';

/** Metadata and keys of one issuer, fetched at once and kept fresh in the background. */
export interface IssuerKeys {
  /** The keys now in use; undefined when there are none or they are too old. */
  current(): KeySet | undefined;
  /**
   * The key for this header, with the set it is from. An unknown kid fetches the keys anew, once per cooldown; one that
   * is asked for again does so within the cooldown, too, as far as there are turns for that.
   * @throws AccessError `token-rejected` when the issuer is known not to publish the key; {@link TryLaterError} while
   * that can’t be known: no keys are at hand, the provider doesn’t answer, or the cooldown isn’t over.
   */
  keyFor(
    header: JWSHeaderParameters,
    isFromKnownAddress?: boolean,
  ): Promise<{ readonly key: KeyObject; readonly set: KeySet }>;
  /** The provider's metadata (OpenID Connect Discovery 1.0 §3). @throws TryLaterError when there is none. */
  metadata(): Promise<ProviderMetadata>;
  /** Asks the provider now instead of after the pause: it can answer. */
  tryAgain(): void;
  /** What is missing, in words; null when metadata and keys are at hand. */
  problem(): string | null;
  vitals(): KeyVitals;
  close(): void;
}

/** Addresses that a provider publishes; only those that are absolute http(s) addresses. */
export interface ProviderMetadata {
  readonly jwks_uri: string;
  readonly token_endpoint?: string;
  readonly introspection_endpoint?: string;
  readonly userinfo_endpoint?: string;
}

const refreshMs = 5 * 60_000;
/** However short the provider’s `Cache-Control: max-age` is, its keys aren’t fetched more often by themselves. */
const minRefreshMs = 60_000;
/** How long fetched keys count as fresh; stale use starts after it. */
const freshMs = 10 * 60_000;
const unknownKeyCooldownMs = 30_000;
const retries: Backoff = { firstMs: 500, longestMs: 30_000, jitter: 1 };

/** Starts fetching at once; never throws for what the provider does, see `problem`. */
export function createIssuerKeys(options: {
  readonly issuer: IssuerConfig;
  /** Whether a client certificate is shown, so that endpoints for mTLS count (RFC 8705 §5). */
  readonly hasCertificate?: boolean;
  /** Closed with the keys. */
  readonly outbound: Outbound;
  readonly log: Logger;
  readonly now: () => number;
  readonly schedule?: Schedule | undefined;
  readonly fetch: Fetch | undefined;
  /** The provider has other keys than before, and nobody has told of that with `tryAgain`. */
  readonly onChanged?: (() => void) | undefined;
  /** Where the keys outlast a restart; nowhere when left out. */
  readonly kept?: KeptProviderKeys | undefined;
}): IssuerKeys {
  const { issuer, log, now, kept, schedule = scheduleByTimer } = options;
  const longestUseMs = freshMs + issuer.max_stale_keys_seconds * 1000;
  const fetcher = createJsonFetcher({ outbound: options.outbound, fetch: options.fetch, now });
  let metadata: ProviderMetadata | undefined;
  let isMetadataFresh = false;
  let set: KeySet | undefined;
  let fetchedAtMs = 0;
  let triedAtMs = 0;
  let failures = 0;
  let lastProblem = `${issuer.name} hasn’t answered yet`;
  let underWay: Promise<void> | undefined;
  let callOff = (): void => undefined;
  let closed = false;
  const kids = createMissingKids();
  const promptFetches = createPromptFetches();
  let isHurried = false;
  let isTold = false;
  let nextTryAtMs = 0;
  let lastError: KeyVitals['lastError'] = null;
  let kidsSince: ReadonlyMap<string, number> = new Map();

  const refresh = (): Promise<void> => {
    callOff();
    isHurried = false;
    triedAtMs = now();
    underWay ??= load()
      .then(
        () => {
          failures = 0;
          return Math.min(refreshMs, Math.max(minRefreshMs, fetcher.maxAgeMs ?? refreshMs));
        },
        (error: unknown) => {
          if (closed) return refreshMs;
          failures += 1;
          // Maybe the keys have moved: read the metadata again next time.
          isMetadataFresh = false;
          lastProblem = describe(issuer, error);
          lastError = { atMs: now(), detail: lastProblem };
          log.warn({ issuer: issuer.issuer, failures, reason: lastProblem }, 'the issuer’s keys can’t be fetched');
          return backoffMs(failures, retries);
        },
      )
      .then((delayMs) => {
        underWay = undefined;
        isTold = false;
        if (closed) return;
        nextTryAtMs = now() + delayMs;
        callOff = schedule(() => void refresh(), delayMs);
      });
    return underWay;
  };

  const load = async (): Promise<void> => {
    if (metadata === undefined || !isMetadataFresh) metadata = await discover(issuer, (url) => fetcher.fetchJson(url));
    isMetadataFresh = true;
    kids.willFetch();
    const jwks = await fetcher.fetchJson(metadata.jwks_uri);
    const found = await createKeySet(jwks);
    if (found.size === 0) throw new Error(`${issuer.name} publishes no usable key`);
    fetchedAtMs = now();
    kept?.save(issuer, { fetchedAtMs, metadata, jwks });
    kids.didFetch(found.kids);
    kidsSince = new Map([...found.kids].map((kid) => [kid, kidsSince.get(kid) ?? fetchedAtMs]));
    const differenceMs = fetcher.clockDifferenceMs ?? 0;
    if (Math.abs(differenceMs) > 60_000)
      log.warn({ issuer: issuer.issuer, differenceMs }, 'the issuer’s clock and this relay’s differ');
    // The same set stays, so that tokens verified with it stay known.
    if (found.fingerprint === set?.fingerprint) return;
    const isRotation = set !== undefined;
    set = found;
    if (isRotation && !isTold) options.onChanged?.();
    log.info({ issuer: issuer.issuer, keys: found.size, leftOut: found.leftOut }, 'issuer’s keys loaded');
  };

  const current = (): KeySet | undefined => (now() < fetchedAtMs + longestUseMs ? set : undefined);

  /** Takes what was kept before the restart, unless the provider is quicker. */
  const restore = async (): Promise<void> => {
    const found = kept?.read(issuer, { nowMs: now(), longestMs: longestUseMs }) ?? null;
    if (found === null) return;
    const keys = await createKeySet(found.jwks);
    if (set !== undefined || keys.size === 0) return;
    set = keys;
    fetchedAtMs = found.fetchedAtMs;
    metadata ??= found.metadata;
    log.info(
      { issuer: issuer.issuer, keys: keys.size, fetchedAt: new Date(fetchedAtMs).toISOString() },
      'issuer’s keys are those of before the restart',
    );
  };

  /** Somebody waits for a newer key: fetch as soon as the cooldown allows. */
  const hurry = (): void => {
    if (isHurried || failures > 0) return;
    isHurried = true;
    callOff();
    nextTryAtMs = Math.max(now(), triedAtMs + unknownKeyCooldownMs);
    callOff = schedule(() => void refresh(), nextTryAtMs - now());
  };

  const noKeys = sentence('no-keys', { provider: issuer.name });
  const untilNextTryMs = (): number => (underWay === undefined ? nextTryAtMs - now() : 0);

  /** Fetches for a key that isn’t at hand, or throws when asking again is of use. */
  const fetchFor = async (kid: string | undefined, isFromKnownAddress: boolean): Promise<void> => {
    const { mayAppear, firstAskedMs } = kids.ask(kid, now());
    if (underWay !== undefined || now() - triedAtMs >= unknownKeyCooldownMs) {
      await (underWay ?? refresh());
      return;
    }
    if (!mayAppear || failures > 0) return;
    const waitMs = promptFetches.take({ firstAskedMs, isFromKnownAddress }, now());
    if (waitMs === 0) {
      await refresh();
      return;
    }
    hurry();
    throw notKnownYet(kid, Math.min(waitMs, untilNextTryMs()));
  };

  const notKnownYet = (kid: string | undefined, waitMs: number): TryLaterError =>
    new TryLaterError(
      `The sign-in names a key that isn’t known here yet (kid ${quoted(kid)}). ` +
        `${issuer.name}’s keys are fetched again within ${unknownKeyCooldownMs / 1000} s, sooner for who asks again.`,
      waitMs,
      sentence('key-not-known-yet', {
        provider: issuer.name,
        mark: mark('kid', kid),
        seconds: unknownKeyCooldownMs / 1000,
      }),
    );

  const restored = restore().catch((error: unknown) =>
    log.warn({ issuer: issuer.issuer, err: error }, 'the issuer’s kept keys aren’t used'),
  );
  void refresh();

  return {
    current,
    async keyFor(header, isFromKnownAddress = false) {
      await restored;
      let keys = current();
      if (keys === undefined) await underWay;
      keys = current();
      if (keys === undefined)
        throw new TryLaterError(`No keys to check sign-ins with: ${lastProblem}.`, untilNextTryMs(), noKeys);
      const { kid } = header;
      const atHand = await keys.keyFor(header);
      if (atHand !== undefined) return { key: atHand, set: keys };
      await fetchFor(kid, isFromKnownAddress);
      keys = current() ?? keys;
      const key = await keys.keyFor(header);
      if (key !== undefined) return { key, set: keys };
      // While the provider doesn’t answer, nobody can tell a new key from a wrong one.
      if (failures > 0)
        throw new TryLaterError(
          `The sign-in names a key that isn’t known here (kid ${quoted(kid)}), and newer keys can’t be fetched: ${lastProblem}.`,
          untilNextTryMs(),
          noKeys,
        );
      // The fetch had begun before this token came: it says nothing of its key.
      if (kids.ask(kid, now()).mayAppear) {
        hurry();
        throw notKnownYet(kid, 1000);
      }
      throw refused(
        `is signed with a key that ${issuer.name} doesn’t publish (kid ${quoted(kid)})`,
        sentence('token-key-unknown', { provider: issuer.name, mark: mark('kid', kid) }),
      );
    },
    async metadata() {
      await restored;
      if (metadata === undefined) await underWay;
      if (metadata === undefined) throw new TryLaterError(`${lastProblem}.`, untilNextTryMs(), noKeys);
      return metadata;
    },
    tryAgain() {
      isTold = true;
      const old = underWay;
      void refresh();
      // What is on its way may be from before.
      void old?.then(() => {
        isTold = true;
        if (!closed) void refresh();
      });
    },
    problem: () => (current() === undefined ? lastProblem : null),
    vitals: () => ({
      ready: current() !== undefined,
      keys: [...kidsSince].map(([kid, sinceMs]) => ({ kid, sinceMs })),
      leftOut: set?.leftOut ?? [],
      keysFetchedAtMs: fetchedAtMs === 0 ? null : fetchedAtMs,
      nextFetchAtMs: nextTryAtMs === 0 ? null : nextTryAtMs,
      failures,
      lastError,
      clockDifferenceMs: fetcher.clockDifferenceMs ?? null,
    }),
    close() {
      closed = true;
      callOff();
      fetcher.close();
    },
  };
}

/**
 * OpenID Connect Discovery 1.0 §4; the issuer must be exactly the configured one (§4.3), wherever the
 * metadata is. With a client certificate, the
 * endpoints that ask for one are taken (RFC 8705 §5).
 */
export async function discover(
  issuer: IssuerConfig,
  fetchJson: (url: string) => Promise<unknown>,
): Promise<ProviderMetadata> {
  const { metadata_url: metadataUrl, jwks_uri: ownJwksUri } = issuer;
  if (metadataUrl === undefined && ownJwksUri !== undefined) return { jwks_uri: ownJwksUri };
  const document = await fetchJson(
    metadataUrl ?? `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  );
  if (typeof document !== 'object' || document === null) throw new Error('the provider’s metadata isn’t an object');
  const { issuer: named, jwks_uri: publishedJwksUri } = document as Record<string, unknown>;
  const jwksUri = ownJwksUri ?? publishedJwksUri;
  if (named !== issuer.issuer)
    throw new Error(`the provider calls itself ${quoted(named)}, but ${quoted(issuer.issuer)} is configured`);
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) throw new Error('the provider names no jwks_uri');
  if (ownJwksUri === undefined && !isSafeFor(jwksUri, issuer)) throw new Error('the provider’s jwks_uri isn’t https');
  const own = document as Record<string, unknown>;
  const aliases = own['mtls_endpoint_aliases'];
  const forCertificates =
    issuer.relay_client?.certificate !== undefined && typeof aliases === 'object' && aliases !== null
      ? (aliases as Record<string, unknown>)
      : {};
  const others = (['token_endpoint', 'introspection_endpoint', 'userinfo_endpoint'] as const).flatMap((name) => {
    const url = (name === 'userinfo_endpoint' ? undefined : forCertificates[name]) ?? own[name];
    return typeof url === 'string' && URL.canParse(url) && isSafeFor(url, issuer) ? [[name, url]] : [];
  });
  return { jwks_uri: jwksUri, ...Object.fromEntries(others) };
}

/** Plain http only where the issuer itself is. */
function isSafeFor(url: string, issuer: IssuerConfig): boolean {
  const { protocol } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && new URL(issuer.issuer).protocol === 'http:');
}

function describe(issuer: IssuerConfig, error: unknown): string {
  return `${issuer.name} (${issuer.issuer}): ${failureReason(error)}`;
}
