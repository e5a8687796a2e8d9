import { type RawBuilder, sql } from 'kysely';

/**
 * The time that what is over is judged by, in milliseconds since 1970: that of the relay, unless it is ahead of
 * PostgreSQL's. One relay whose clock is wrong would end for all of them what isn't over.
 */
export function storageTime(nowMs: number): RawBuilder<string> {
  return sql<string>`least(${Math.round(nowMs)}::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)`;
}
