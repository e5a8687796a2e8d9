import { once } from 'node:events';
import { createClient, type RedisClientType } from 'redis';
import type { Logger } from 'pino';
import { reconnectPauseMs } from './reconnect-pause.ts';
import { AccessError } from '../../shared/errors.ts';
import { plainReason } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import { signInOf } from './redis-client.ts';
import type { RedisSettings } from './redis-settings.ts';

/** A connection to Redis or Valkey that never lets its caller wait for long. */
export interface RedisConnection {
  readonly settings: RedisSettings;
  /**
   * Does something with the connection.
   * @throws AccessError `shared-state-unavailable` when there is no answer in time; it may have been done all the same
   */
  run<Result>(work: (client: RedisClientType) => Promise<Result>): Promise<Result>;
  /** Resolves with the first connection. @throws AccessError `shared-state-unavailable` when there is none in 5 s */
  untilReady(): Promise<void>;
  /** The name of a key with the prefix before it. */
  key(name: string): string;
  close(): void;
}

const connectTimeoutMs = 5000;
const pingIntervalMs = 1000;
/** Without an answer to a ping for so long a connection is given up and made anew. */
const silenceMs = 4000;

/** Told how long each question took, and whether it was answered. */
export type DidAsk = (tookMs: number, isAnswered: boolean) => void;

/** Begins to connect, and goes on trying for as long as it is open. */
export function connectRedis(settings: RedisSettings, log: Logger, didAsk: DidAsk = () => undefined): RedisConnection {
  const client: RedisClientType = createClient({
    ...signInOf(settings),
    disableOfflineQueue: true,
    pingInterval: pingIntervalMs,
    socket: {
      connectTimeout: connectTimeoutMs,
      socketTimeout: silenceMs,
      reconnectStrategy: reconnectPauseMs,
    },
  });
  let isLost = false;
  let isClosed = false;
  client.on('error', (error: unknown) => {
    if (!isLost && !isClosed) log.error({ err: error }, 'what the relays share is out of reach');
    isLost = true;
  });
  client.on('ready', () => {
    if (isLost) log.info('what the relays share is back in reach');
    isLost = false;
  });
  // What went wrong was told by the event; the client goes on trying.
  client.connect().catch(() => undefined);

  return {
    settings,
    async untilReady() {
      try {
        if (!client.isReady) await once(client, 'ready', { signal: AbortSignal.timeout(connectTimeoutMs) });
      } catch (error) {
        throw unavailable(error);
      }
    },
    key: (name) => `${settings.prefix}:${name}`,
    async run(work) {
      // A transaction would wait for the next connection, unlike single commands.
      if (!client.isReady) {
        didAsk(0, false);
        throw unavailable(new Error('there is no connection.'));
      }
      const beganAtMs = performance.now();
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => late.reject(new Error(`Redis didn’t answer within ${settings.timeoutMs} ms.`)),
        settings.timeoutMs,
      );
      try {
        const result = await Promise.race([work(client), late.promise]);
        didAsk(performance.now() - beganAtMs, true);
        return result;
      } catch (error) {
        if (error instanceof AccessError) throw error;
        didAsk(performance.now() - beganAtMs, false);
        throw unavailable(error);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      isClosed = true;
      if (client.isOpen) client.destroy();
    },
  };
}

/** The failure that callers see while Redis is away. */
export function unavailable(cause?: unknown): AccessError {
  if (cause instanceof AccessError && cause.code === 'shared-state-unavailable') return cause;
  const why = cause instanceof Error ? reason('store-away-why', { why: cause.message }) : reason('store-away');
  return new AccessError('shared-state-unavailable', plainReason(why), { cause, reasons: [why] });
}
