import { sql } from 'kysely';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { Lock } from './lock.ts';
import { lockTopic } from './postgres-locks.ts';

/** Takes locks of a data folder into the storage; one that was taken away, here or there, stays so. */
export async function takeOverLocks(storage: PostgresConnection, locks: readonly Lock[]): Promise<void> {
  const overAt = ({ removed, untilMs }: Lock): number | null => removed?.atMs ?? untilMs;
  const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
  await storage.transaction(async (transaction) => {
    await sql`
      INSERT INTO lock (id, over_at_ms, content) SELECT id, over_at_ms, content FROM unnest(
        ${locks.map(({ id }) => id)}::text[], ${locks.map((lock) => rounded(overAt(lock)))}::bigint[],
        ${locks.map((lock) => JSON.stringify(lock))}::text[]
      ) AS told (id, over_at_ms, content) ORDER BY id
      ON CONFLICT (id) DO UPDATE SET over_at_ms = excluded.over_at_ms, content = excluded.content
      WHERE (lock.content::json ->> 'removed') IS NULL AND (excluded.content::json ->> 'removed') IS NOT NULL
    `.execute(transaction);
    await countChange(transaction, lockTopic);
  });
}
