import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { dateOf } from './dates.ts';
import { alone, daysOf, dropDay, makeDays } from './partitions.ts';

const daysAhead = 7;

/** Makes the days to come, so that no record ever waits for one. The day is that of PostgreSQL's clock, in UTC. */
export async function makeDaysAhead(sql: Sql): Promise<void> {
  const today = await todayOf(sql);
  await makeDays(
    sql,
    Array.from({ length: daysAhead + 1 }, (_, index) => today + index),
  );
}

/**
 * Drops whole days of all relays that are older than `keepDays`, today among those that stay. A day goes once every relay
 * that has records of it has signed that they may go (`audit-cut`), or has written nothing for as long.
 */
export async function dropOldDays(sql: Sql, keepDays: number): Promise<void> {
  await alone(sql, async () => {
    const today = await todayOf(sql);
    for (const day of await daysOf(sql)) {
      if (day > today - keepDays || (await isStillNeeded(sql, day, keepDays))) return;
      await dropDay(sql, day);
      await sql.query('DELETE FROM audit_day WHERE day <= $1::date', [dateOf(day)]);
      await sql.query(
        `UPDATE audit_relay SET dropped_to = kept.before FROM (
           SELECT relay, coalesce(min(first_seq) - 1, size) AS before FROM audit_relay LEFT JOIN audit_day USING (relay)
           GROUP BY relay, size
         ) AS kept WHERE audit_relay.relay = kept.relay AND kept.before > greatest(cut_size, dropped_to)`,
      );
      await sql.query(
        `DELETE FROM audit_checkpoint USING (
           SELECT relay, coalesce(min(first_seq) - 1, size) AS before FROM audit_relay LEFT JOIN audit_day USING (relay)
           GROUP BY relay, size
         ) AS kept WHERE audit_checkpoint.relay = kept.relay AND audit_checkpoint.size < kept.before`,
      );
    }
  });
}

async function isStillNeeded(sql: Sql, day: number, keepDays: number): Promise<boolean> {
  const { rows } = await sql.query(
    `SELECT 1 FROM (
       SELECT audit_day.relay, day,
         coalesce(lead(first_seq) OVER (PARTITION BY audit_day.relay ORDER BY first_seq), size + 1) - 1 AS last_seq,
         cut_size, written_at
       FROM audit_day JOIN audit_relay USING (relay)
     ) AS stretch
     WHERE day <= $1::date AND last_seq > cut_size AND written_at > now() - make_interval(days => $2) LIMIT 1`,
    [dateOf(day), keepDays],
  );
  return rows.length > 0;
}

async function todayOf(sql: Sql): Promise<number> {
  const { rows } = await sql.query('SELECT floor(extract(epoch FROM now()) / 86400)::int AS today');
  return Number(rows[0]?.['today']);
}
