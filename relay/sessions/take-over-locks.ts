import { sql } from 'kysely';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { Lock } from './lock.ts';
import { lockTopic } from './postgres-locks.ts';
import { jsonIn } from '../storage/postgres/json-in.ts';

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
      WHERE (${sql.raw(jsonIn('lock.content'))} ->> 'removed') IS NULL AND (${sql.raw(jsonIn('excluded.content'))} ->> 'removed') IS NOT NULL
    `.execute(transaction);
    await countChange(transaction, lockTopic);
  });
}
