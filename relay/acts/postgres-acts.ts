import { type QueryExecutorProvider, sql } from 'kysely';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import type { WaitingRecord } from './outbox.ts';

/** Records of acts that wait for the audit of one of the relays, and, for a while, those that are in one. */
export const actMigrations: DomainMigrations = {
  domain: 'acts',
  steps: [
    `CREATE TABLE act (
       seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL UNIQUE, time_ms bigint NOT NULL,
       record text NOT NULL, claimed_by text, claimed_at timestamptz, recorded boolean NOT NULL DEFAULT false
     );
     CREATE INDEX act_waiting ON act (seq) WHERE NOT recorded`,
  ],
};

/** Topic of {@link countChange}. */
export const actTopic = 'acts';

/** What a relay claims and doesn't write within this time, another one writes. */
const claimMs = 60_000;
/** Acts that are in an audit are kept here for a while, so that a command that waits for its own sees it. */
const keepRecordedMs = 3_600_000;
const atOnce = 100;

/** Adds records within the caller's transaction, as the last thing that it does. */
export async function addActs(transaction: QueryExecutorProvider, acts: readonly WaitingRecord[]): Promise<void> {
  if (acts.length === 0) return;
  for (const { id, record } of acts) {
    await sql`INSERT INTO act (id, time_ms, record)
      VALUES (${id}, ${Math.round(record.timeMs)}, ${JSON.stringify(record)})`.execute(transaction);
  }
  await countChange(transaction, actTopic);
}

/** An act that this relay has to write; `wasClaimed` when it, or another one, may have done so before. */
export interface ClaimedAct extends WaitingRecord {
  readonly wasClaimed: boolean;
}

/** Acts in the storage, for whoever writes an audit. */
export interface PostgresActs {
  /** All that aren't in an audit yet, in the order in which they were made. */
  waiting(): Promise<readonly WaitingRecord[]>;
  /** Takes some that nobody else has, for `owner` to write; at its start also what it had before. */
  claim(owner: string, isStart: boolean): Promise<readonly ClaimedAct[]>;
  didRecord(id: string): Promise<void>;
  /** Leaves one to the others again; it may be in the audit of who had it all the same. */
  release(id: string): Promise<void>;
  /** Forgets those that were recorded long ago. */
  forget(nowMs: number): Promise<void>;
}

interface Row {
  readonly seq: string;
  readonly id: string;
  readonly record: string;
  readonly was_claimed: boolean;
}

/** The functions reject with AccessError `shared-state-unavailable` while PostgreSQL can't be used. */
export function openPostgresActs(storage: PostgresConnection): PostgresActs {
  return {
    async waiting() {
      const { rows } = await storage.run((database) =>
        sql<Row>`SELECT id, record FROM act WHERE NOT recorded ORDER BY seq`.execute(database),
      );
      return rows.map(waitingRecord);
    },
    async claim(owner, isStart) {
      const { rows } = await storage.run((database) =>
        sql<Row>`
          UPDATE act SET claimed_by = ${owner}, claimed_at = now() FROM (
            SELECT seq, claimed_by IS NOT NULL AS was_claimed FROM act
            WHERE NOT recorded AND (claimed_by IS NULL OR claimed_at < now() - ${claimMs} * interval '1 millisecond'
              OR (${isStart}::boolean AND claimed_by = ${owner}))
            ORDER BY seq LIMIT ${atOnce} FOR UPDATE SKIP LOCKED
          ) AS free WHERE act.seq = free.seq RETURNING act.seq, id, record, was_claimed`.execute(database),
      );
      return rows
        .toSorted((one, other) => Number(one.seq) - Number(other.seq))
        .map((row) => ({ ...waitingRecord(row), wasClaimed: row.was_claimed }));
    },
    async didRecord(id) {
      await storage.run((database) => sql`UPDATE act SET recorded = true WHERE id = ${id}`.execute(database));
    },
    async release(id) {
      await storage.run((database) => sql`UPDATE act SET claimed_at = '-infinity' WHERE id = ${id}`.execute(database));
    },
    async forget(nowMs) {
      await storage.run((database) =>
        sql`DELETE FROM act WHERE recorded AND time_ms <= ${nowMs - keepRecordedMs}`.execute(database),
      );
    },
  };
}

function waitingRecord({ id, record }: Pick<Row, 'id' | 'record'>): WaitingRecord {
  return { id, record: JSON.parse(record) as WaitingRecord['record'] };
}
