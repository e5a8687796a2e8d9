import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RedisClientType } from 'redis';
import type { SharedStateConfig } from '../config/config-schema.ts';
import type { AuthenticatorOptions } from '../identity/create-authenticator.ts';
import { followRevocationFile } from '../identity/follow-revocation-file.ts';
import { logoutReplayLifetimeMs, replayLifetimeMs } from '../identity/replay-lifetimes.ts';
import { createRedisReplayCache } from '../identity/redis-replay-cache.ts';
import type { RevocationMark, Revocations } from '../identity/revocations.ts';
import { shareRevocations } from '../identity/shared-revocations.ts';
import {
  type SharedPublicKeys,
  type SharedPublicKeysOptions,
  sharePublicKeys,
} from '../upstream/shared-public-keys.ts';
import { openNonceKey } from '../shared-state/nonce-key.ts';
import { connectRedis, type DidAsk, type RedisConnection, unavailable } from '../shared-state/redis-connection.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import { type SecretNow, sharedSeal } from '../shared-state/shared-secret.ts';
import { followStorageNews, tellStorageNews } from '../shared-state/storage-news.ts';
import { watchBlindness } from '../shared-state/watch-blindness.ts';
import type { StoredState } from './open-storage.ts';

/** What relays share in Redis. */
export interface SharedState {
  readonly redis: RedisConnection;
  /** For the authenticator. */
  readonly identity: Required<Pick<AuthenticatorOptions, 'replays' | 'logoutReplays' | 'revocations' | 'nonceSecrets'>>;
  /** Tells the other relays that something has changed in the storage. */
  tellNews(): void;
  /**
   * Resolves when the relay knows what the others do, `others` included, or 5 s after the opening, when it has to begin
   * without.
   */
  untilCaughtUp(...others: readonly Promise<void>[]): Promise<void>;
  /** Tells the other relays of the keys that this one signs identities with, and knows theirs. */
  sharePublicKeys(own: SharedPublicKeysOptions['own']): SharedPublicKeys;
  /** Puts revocations of this relay's own command line in force here and elsewhere, also those that couldn't get out. */
  followRevocationFile(dataDir: string): void;
  close(): void;
}

export interface SharedStateHandlers {
  /** Something was revoked, here or elsewhere: open tunnels are to be looked at. */
  readonly onRevoked: () => void;
  /** Redis has been away for longer than `shared_state.grace_seconds`: open tunnels are to end. */
  readonly onBlind: () => void;
  /** How long each question to Redis took, and whether it was answered. */
  readonly didAsk?: DidAsk;
}

const longestStartMs = 5000;

/**
 * Connects to the Redis of the config; its handlers are called only once the caller has returned to the event loop.
 * @param stored what has the revocations instead, where relays have a storage: Redis then only brings its news
 */
export function openSharedState(
  settings: RedisSettings,
  config: Pick<SharedStateConfig, 'grace_seconds'> & { readonly secretNow: SecretNow },
  { onRevoked, onBlind, didAsk }: SharedStateHandlers,
  log: Logger,
  stored: Pick<StoredState, 'revocations' | 'look'> | null = null,
): SharedState {
  const { grace_seconds: graceSeconds, secretNow } = config;
  const redis = connectRedis(settings, log, didAsk);
  const replayCache = (lifetimeMs: number) => createRedisReplayCache({ ...settings, lifetimeMs, log });
  const [replays, logoutReplays] = [replayCache(replayLifetimeMs), replayCache(logoutReplayLifetimeMs)];
  const nonceKey = openNonceKey(redis, secretNow);
  const onConnected = (client: RedisClientType): Promise<void> => nonceKey.agree(client);
  const parts: { close(): void }[] = [redis, replays, logoutReplays];
  const shareAll = () => {
    const shared = shareRevocations({ redis, log, onRevoked, onConnected });
    parts.push(shared, watchBlindness({ behindMs: () => shared.behindMs(), graceSeconds, onBlind }));
    const takeOver = (marks: readonly RevocationMark[]): void => shared.takeOver(marks);
    return { revocations: shared as Revocations, caughtUp: shared.caughtUp, takeOver };
  };
  const bringNews = ({ revocations, look }: Pick<StoredState, 'revocations' | 'look'>) => {
    const following = followStorageNews({ redis, log, onConnected, onNews: look });
    parts.push(following);
    return { revocations, caughtUp: following.caughtUp, takeOver: null };
  };
  const { revocations, caughtUp, takeOver } = stored === null ? shareAll() : bringNews(stored);
  // From the opening on: what else waits for Redis at the start waits in the same time.
  const patience = pause(longestStartMs, undefined, { ref: false });

  return {
    redis,
    identity: {
      replays: {
        async use(owner, id) {
          const use = await replays.use(owner, id);
          // Redis never is full: it can’t be reached.
          if (use === 'full') throw unavailable();
          return use;
        },
      },
      logoutReplays,
      revocations,
      nonceSecrets: () => nonceKey.current(),
    },
    async untilCaughtUp(...others) {
      await Promise.race([Promise.all([caughtUp, ...others]), patience]);
    },
    tellNews() {
      tellStorageNews(redis).catch((error: unknown) =>
        log.debug({ err: error }, 'the other relays find what changed by themselves'),
      );
    },
    sharePublicKeys(own) {
      const seal = sharedSeal(secretNow, 'identity keys');
      const keys = sharePublicKeys({ redis, seal, own, log });
      parts.push(keys);
      return keys;
    },
    followRevocationFile(dataDir) {
      if (takeOver !== null) parts.push(followRevocationFile({ dataDir, log, onMarks: takeOver }));
    },
    close() {
      for (const part of parts) part.close();
    },
  };
}
