import type { Sql } from '../../storage/postgres/postgres-client.ts';
import type { StoredRecord } from '../open-audit.ts';
import { dateOf, dayOf } from './dates.ts';

/** What is known of one relay's log before its records are read. */
export interface KnownLog {
  readonly relay: string;
  readonly verifierKey: string;
  /** Number of the first record that is there; one more than the last when there is none. */
  readonly first: number;
  /** Number of the last record; 0 when there is none. */
  readonly last: number;
  /** The last segment that is indexed, and all before it; -1 for none. */
  readonly indexedTo: number;
  /** Where each day begins, in order; the first ones may be gone already. */
  readonly days: readonly { readonly firstSeq: number; readonly day: number }[];
}

/** Looks up relays, all or one, as they are now. */
export async function knownLogs(sql: Sql, only?: string): Promise<readonly KnownLog[]> {
  const relays = await sql.query(
    'SELECT relay, verifier_key, size, indexed_to FROM audit_relay WHERE relay = coalesce($1, relay) ORDER BY relay',
    [only ?? null],
  );
  const days = await sql.query(
    'SELECT relay, first_seq, day::text AS day FROM audit_day WHERE relay = coalesce($1, relay) ORDER BY relay, first_seq',
    [only ?? null],
  );
  return relays.rows.map((row) => {
    const own = days.rows
      .filter((day) => day['relay'] === row['relay'])
      .map((day) => ({ firstSeq: Number(day['first_seq']), day: dayOf(String(day['day'])) }));
    return {
      relay: String(row['relay']),
      verifierKey: String(row['verifier_key']),
      first: own[0]?.firstSeq ?? Number(row['size']) + 1,
      last: Number(row['size']),
      indexedTo: Number(row['indexed_to']),
      days: own,
    };
  });
}

/** First and last date between which records of these numbers stand, so that only those partitions are read. */
export function datesOf({ days }: KnownLog, from: number, to: number): readonly [string, string] {
  const touched = days.filter(
    ({ firstSeq }, index) => firstSeq <= to && (days[index + 1]?.firstSeq ?? Number.POSITIVE_INFINITY) > from,
  );
  const numbers = touched.map(({ day }) => day);
  return numbers.length === 0 ? [dateOf(0), dateOf(0)] : [dateOf(Math.min(...numbers)), dateOf(Math.max(...numbers))];
}

/** Records from one number to another, both included, in their order; all at once. */
export async function recordsBetween(
  sql: Sql,
  log: KnownLog,
  from: number,
  to: number,
): Promise<readonly StoredRecord[]> {
  const { rows } = await sql.query(
    `SELECT seq, payload FROM audit_record
     WHERE relay = $1 AND seq BETWEEN $2 AND $3 AND day BETWEEN $4::date AND $5::date ORDER BY seq`,
    [log.relay, from, to, ...datesOf(log, from, to)],
  );
  return rows.map(storedRecord);
}

/** These records, as far as they are there, by number. */
export async function recordsOf(
  sql: Sql,
  log: KnownLog,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (seqs.length === 0) return new Map();
  const { rows } = await sql.query(
    `SELECT seq, payload FROM audit_record
     WHERE relay = $1 AND seq = ANY($2::bigint[]) AND day BETWEEN $3::date AND $4::date`,
    [log.relay, seqs, ...datesOf(log, Math.min(...seqs), Math.max(...seqs))],
  );
  return new Map(rows.map(storedRecord).map(({ seq, payload }) => [seq, payload]));
}

function storedRecord(row: Readonly<Record<string, unknown>>): StoredRecord {
  return { seq: Number(row['seq']), payload: String(row['payload']) };
}
