import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createClient, type RedisClientType } from 'redis';
import { type Backoff, backoffMs } from '../../shared/backoff.ts';
import { signInOf } from './redis-client.ts';
import type { RedisSettings } from './redis-settings.ts';

/** One entry of a Redis stream. */
export interface StreamEntry {
  readonly id: string;
  readonly message: Readonly<Record<string, string>>;
}

export interface FollowOptions {
  readonly settings: RedisSettings;
  /** Key of the stream, with its prefix. */
  readonly key: string;
  /**
   * Called with each new connection, before any entry: catches up, and answers the id after which entries are to come.
   * A failure ends the connection, and another one is tried.
   */
  readonly onConnected: (client: RedisClientType) => Promise<string>;
  readonly onEntries: (entries: readonly StreamEntry[]) => void;
  readonly log: Logger;
}

/** A stream being followed. */
export interface Following {
  /** How long ago the end of the stream was last seen, milliseconds; Infinity before the first time. */
  behindMs(): number;
  /** Resolves when the end of the stream was seen for the first time. */
  readonly caughtUp: Promise<void>;
  close(): void;
}

const blockMs = 1000;
const connectTimeoutMs = 5000;
/** A connection that is silent for longer than a read may last is given up. */
const silenceMs = 3000;
const pauses: Backoff = { firstMs: 50, longestMs: 1000, jitter: 0 };
const maxEntriesAtOnce = 1000;

/**
 * Reads a stream on a connection of its own, where each entry arrives as it is written: what was written while there was
 * no connection comes first with the next one, so that nothing is missed.
 */
export function followStream({ settings, key, onConnected, onEntries, log }: FollowOptions): Following {
  const ending = new AbortController();
  let seenAtMs = Number.NEGATIVE_INFINITY;
  let current: RedisClientType | undefined;
  let failures = 0;
  const first = Promise.withResolvers<void>();

  const followOnce = async (client: RedisClientType): Promise<void> => {
    await client.connect();
    let after = await onConnected(client);
    if (failures > 0) log.info({ key }, 'followed again');
    failures = 0;
    while (!ending.signal.aborted) {
      seenAtMs = performance.now();
      first.resolve();
      const answer = (await client.xRead({ key, id: after }, { BLOCK: blockMs, COUNT: maxEntriesAtOnce })) as
        | readonly { readonly messages: readonly StreamEntry[] }[]
        | null;
      const entries = answer?.[0]?.messages ?? [];
      const last = entries.at(-1);
      if (last === undefined) continue;
      after = last.id;
      onEntries(entries);
    }
  };

  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const client: RedisClientType = createClient({
        ...signInOf(settings),
        disableOfflineQueue: true,
        socket: { connectTimeout: connectTimeoutMs, socketTimeout: silenceMs, reconnectStrategy: false },
      });
      current = client;
      // The failure comes by the promise as well.
      client.on('error', () => undefined);
      try {
        await followOnce(client);
      } catch (error) {
        if (!ending.signal.aborted && failures === 0) log.error({ err: error, key }, 'can’t be followed now');
        failures += 1;
      }
      if (client.isOpen) client.destroy();
      await pause(backoffMs(failures, pauses), undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
    }
  };
  void follow();

  return {
    caughtUp: first.promise,
    behindMs: () => performance.now() - seenAtMs,
    close() {
      ending.abort();
      if (current?.isOpen === true) current.destroy();
    },
  };
}
