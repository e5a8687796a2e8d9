import { sql } from 'kysely';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import type { Notice, NoticeEvent } from './notice.ts';
import { type NoticeOutbox, rememberedMs, takenAtOnce, takenForMs, urgentEvent, withRoom } from './notice-outbox.ts';

/** Messages that wait, of all relays. */
export const noticeMigrations: DomainMigrations = {
  domain: 'notices',
  steps: [
    `CREATE TABLE notice (
       id text PRIMARY KEY, channel text NOT NULL, recipient text NOT NULL, event text NOT NULL, state text NOT NULL,
       due_at_ms bigint NOT NULL, give_up_at_ms bigint NOT NULL, done_at_ms bigint, attempts int NOT NULL, error text,
       record text NOT NULL, claimed_by text, claimed_until timestamptz
     );
     CREATE INDEX notice_due ON notice (due_at_ms) WHERE state = 'waiting'`,
  ],
};

interface Row {
  readonly id: string;
  readonly channel: string;
  readonly recipient: string;
  readonly event: string;
  readonly due_at_ms: string;
  readonly give_up_at_ms: string;
  readonly attempts: number;
  readonly record: string;
}

/**
 * The outbox that relays share. `owner` is the same after a restart of this relay: what it had taken it takes again at once.
 * The functions reject with AccessError `shared-state-unavailable` while PostgreSQL can’t be used.
 */
export function openPostgresNotices(storage: PostgresConnection, owner: string): NoticeOutbox {
  const asked = new Set<string>();
  const end = async (id: string, state: string, nowMs: number, error: string | null): Promise<void> => {
    await storage.run((database) =>
      sql`UPDATE notice SET state = ${state}, done_at_ms = ${nowMs}, error = ${error}, record = '', recipient = ''
        WHERE id = ${id}`.execute(database),
    );
  };
  return {
    add: (notices) =>
      storage.transaction(async (transaction) => {
        const { rows } = await sql<{ number: string; urgent: string }>`
          SELECT count(*) AS number, count(*) FILTER (WHERE event = ${urgentEvent}) AS urgent FROM notice WHERE state = 'waiting'`.execute(
          transaction,
        );
        const kept = withRoom(notices, { all: Number(rows[0]?.number), urgent: Number(rows[0]?.urgent) });
        for (const { id, channel, recipient, event, dueAtMs, giveUpAtMs, record } of kept) {
          await sql`INSERT INTO notice (id, channel, recipient, event, state, due_at_ms, give_up_at_ms, attempts, record)
            VALUES (${id}, ${channel}, ${recipient}, ${event}, 'waiting', ${Math.round(dueAtMs)}, ${Math.round(giveUpAtMs)},
              0, ${JSON.stringify(record)}) ON CONFLICT (id) DO NOTHING`.execute(transaction);
        }
        return notices.length - kept.length;
      }),
    async take(channel, nowMs) {
      const { rows } = await storage.run((database) =>
        sql<Row>`UPDATE notice SET claimed_by = ${owner}, claimed_until = now() + ${takenForMs} * interval '1 millisecond'
          FROM (
            SELECT id FROM notice WHERE state = 'waiting' AND due_at_ms <= ${nowMs}
              AND channel = ${channel}
              AND (claimed_until IS NULL OR claimed_until < now() OR (${!asked.has(channel)}::boolean AND claimed_by = ${owner}))
            ORDER BY event = ${urgentEvent} DESC, due_at_ms LIMIT ${takenAtOnce} FOR UPDATE SKIP LOCKED
          ) AS free WHERE notice.id = free.id RETURNING notice.*`.execute(database),
      );
      asked.add(channel);
      return rows
        .map((row) => ({
          id: row.id,
          channel: row.channel,
          recipient: row.recipient,
          event: row.event as NoticeEvent,
          dueAtMs: Number(row.due_at_ms),
          giveUpAtMs: Number(row.give_up_at_ms),
          attempts: row.attempts,
          record: JSON.parse(row.record) as Notice['record'],
        }))
        .toSorted(
          (one, other) =>
            Number(other.event === urgentEvent) - Number(one.event === urgentEvent) || one.dueAtMs - other.dueAtMs,
        );
    },
    async done(id, nowMs) {
      await end(id, 'sent', nowMs, null);
      await storage.run((database) =>
        sql`DELETE FROM notice WHERE state <> 'waiting' AND done_at_ms <= ${nowMs - rememberedMs}`.execute(database),
      );
    },
    async retry(id, atMs, reason) {
      await storage.run((database) =>
        sql`UPDATE notice SET due_at_ms = ${Math.round(atMs)}, error = ${reason}, attempts = attempts + 1,
          claimed_until = NULL WHERE id = ${id} AND state = 'waiting'`.execute(database),
      );
    },
    giveUp: (id, nowMs, reason) => end(id, 'given-up', nowMs, reason),
    async states(nowMs) {
      const { rows } = await storage.run((database) =>
        sql<{ channel: string; waiting: string; oldest: string | null; given_up: string; error: string | null }>`
          SELECT channel, count(*) FILTER (WHERE state = 'waiting' AND (due_at_ms <= ${nowMs} OR attempts > 0)) AS waiting,
            min(due_at_ms) FILTER (WHERE state = 'waiting' AND (due_at_ms <= ${nowMs} OR attempts > 0)) AS oldest,
            count(*) FILTER (WHERE state = 'given-up') AS given_up, max(error) AS error
          FROM notice GROUP BY channel ORDER BY channel`.execute(database),
      );
      return rows.map(({ channel, waiting, oldest, given_up: givenUp, error }) => ({
        channel,
        waiting: Number(waiting),
        oldestDueAtMs: oldest === null ? null : Number(oldest),
        givenUp: Number(givenUp),
        error,
      }));
    },
    close: () => undefined,
  };
}
