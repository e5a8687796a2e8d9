import type { Logger } from 'pino';
import type { RedisClientType } from 'redis';
import { followStream, type StreamEntry } from '../shared-state/follow-stream.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import {
  createRevocations,
  readRevokedBy,
  type RevocationMark,
  type Revocations,
  revocationLifetimeMs,
} from './revocations.ts';

/** Revocations that relays tell each other. */
export interface SharedRevocations extends Revocations {
  /** Puts marks of this relay's command line in force, and tells those that are news to the others. */
  takeOver(marks: readonly RevocationMark[]): void;
  /** How long ago all revocations were known here, milliseconds; Infinity before the first time. */
  behindMs(): number;
  /** Resolves when all are known here for the first time. */
  readonly caughtUp: Promise<void>;
  close(): void;
}

export interface SharedRevocationsOptions {
  readonly redis: RedisConnection;
  readonly log: Logger;
  /** Called when something was revoked, here or at another relay, also while there was no connection. */
  readonly onRevoked: () => void;
  /** Called with each new connection, before anything counts as known. */
  readonly onConnected?: (client: RedisClientType) => Promise<void>;
  readonly now?: () => number;
  /** Without having seen the newest for so long, nobody can be said to be not revoked. Default 5 s. */
  readonly maxBehindMs?: number;
}

const pageSize = 1000;
const streamName = 'revocations';

/** Tells all relays of a mark: those that are there and, for a day, those that come later. */
async function writeMark(client: RedisClientType, stream: string, mark: RevocationMark, nowMs: number): Promise<void> {
  await client
    .multi()
    .xAdd(
      stream,
      '*',
      { name: mark.name, at: String(mark.atMs), by: mark.by },
      { TRIM: { strategy: 'MINID', strategyModifier: '~', threshold: nowMs - revocationLifetimeMs } },
    )
    .pExpire(stream, revocationLifetimeMs)
    .exec();
}

/**
 * Revokes at all relays without being one of them.
 * @throws AccessError `shared-state-unavailable`
 */
export async function revokeThrough(
  redis: RedisConnection,
  marks: readonly RevocationMark[],
  nowMs: number,
): Promise<void> {
  for (const mark of marks) await redis.run((client) => writeMark(client, redis.key(streamName), mark, nowMs));
}

/**
 * Keeps all revocations in memory for decisions, and in a Redis stream for the other relays and for those that start
 * later. What Redis lost, or never got, is written again with each new connection.
 */
export function shareRevocations(options: SharedRevocationsOptions): SharedRevocations {
  const { redis, log, onRevoked, now = Date.now, maxBehindMs = 5000 } = options;
  const local = createRevocations({ now });
  const stream = redis.key(streamName);

  const write = (client: RedisClientType, mark: RevocationMark) => writeMark(client, stream, mark, now());

  const takeAll = (entries: readonly StreamEntry[]): void => {
    let isNews = false;
    for (const { message } of entries) isNews = local.take(markOf(message)) || isNews;
    if (isNews) onRevoked();
  };

  const catchUp = async (client: RedisClientType): Promise<string> => {
    await options.onConnected?.(client);
    const there = new Map<string, number>();
    let last = '0-0';
    for (;;) {
      const entries = (await client.xRange(stream, `(${last}`, '+', { COUNT: pageSize })) ?? [];
      for (const { message } of entries) {
        const { name, atMs } = markOf(message);
        there.set(name, Math.max(atMs, there.get(name) ?? 0));
      }
      takeAll(entries);
      last = entries.at(-1)?.id ?? last;
      if (entries.length < pageSize) break;
    }
    for (const mark of local.marks()) if ((there.get(mark.name) ?? 0) < mark.atMs) await write(client, mark);
    return last;
  };

  const following = followStream({
    settings: redis.settings,
    key: stream,
    onConnected: catchUp,
    onEntries: takeAll,
    log,
  });

  return {
    async revoke(revocation, by) {
      const marks = local.mark(revocation, by);
      onRevoked();
      await redis.run(async (client) => {
        for (const mark of marks) await write(client, mark);
      });
    },
    takeOver(marks) {
      const news = marks.filter((mark) => local.take(mark));
      if (news.length === 0) return;
      onRevoked();
      redis
        .run(async (client) => {
          for (const mark of news) await write(client, mark);
        })
        .catch((error: unknown) => log.warn({ err: error }, 'a revocation reaches the other relays only later'));
    },
    revokedBy: (identity) => local.revokedBy(identity),
    problem: () =>
      following.behindMs() <= maxBehindMs ? null : 'The store that the relays share (Redis) can’t be reached.',
    behindMs: () => following.behindMs(),
    caughtUp: following.caughtUp,
    close: () => following.close(),
  };
}

function markOf({ name = '', at = '', by }: StreamEntry['message']): RevocationMark {
  return { name, atMs: Number(at), by: readRevokedBy(by) };
}
