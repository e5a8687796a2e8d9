import { createHash } from 'node:crypto';
import type { Sql } from '../storage/postgres/postgres-client.ts';
import { type Finding, withoutAddress } from './finding.ts';
import { History, type Seen, type Trait } from './history.ts';

const seenAtOnce = 20_000;

/** How far the audit of each relay was looked at. */
export async function readPlaces(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query('SELECT relay, seq FROM anomaly_place');
  return new Map(rows.map((row) => [String(row['relay']), Number(row['seq'])]));
}

export async function writePlaces(sql: Sql, places: ReadonlyMap<string, number>): Promise<void> {
  await sql.query(
    `INSERT INTO anomaly_place SELECT * FROM unnest($1::text[], $2::bigint[])
     ON CONFLICT (relay) DO UPDATE SET seq = excluded.seq`,
    [[...places.keys()], [...places.values()]],
  );
}

/** All that is known of people and isn't forgotten by now. @param beforeMs without what was first seen then or later */
export async function readHistory(sql: Sql, nowMs: number, beforeMs: number): Promise<History> {
  const known: Seen[] = [];
  for (let after = ''; ;) {
    const { rows } = await sql.query(
      'SELECT id, person, trait, value, first_ms, last_ms FROM anomaly_seen WHERE id > $1 ORDER BY id LIMIT $2',
      [after, seenAtOnce],
    );
    for (const row of rows) {
      const lastMs = Number(row['last_ms']);
      if (History.isForgotten({ lastMs }, nowMs) || Number(row['first_ms']) >= beforeMs) continue;
      const [person, value] = [row['person'], row['value']].map((text) => JSON.parse(String(text)) as string);
      const trait = String(row['trait']) as Trait;
      known.push({ person: person ?? '', trait, value: value ?? '', firstMs: Number(row['first_ms']), lastMs });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < seenAtOnce) return new History(known);
    after = String(last['id']);
  }
}

/** Keeps what is new or changed since the last call. */
export async function writeHistory(sql: Sql, history: History): Promise<void> {
  const changed = history.takeChanged();
  for (let from = 0; from < changed.length; from += seenAtOnce) {
    const some = changed.slice(from, from + seenAtOnce);
    await sql.query(
      `INSERT INTO anomaly_seen
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
       ON CONFLICT (id) DO UPDATE SET first_ms = excluded.first_ms, last_ms = excluded.last_ms`,
      [
        some.map(({ person, trait, value }) => idOf([person, trait, value])),
        some.map(({ person }) => JSON.stringify(person)),
        some.map(({ trait }) => trait),
        some.map(({ value }) => JSON.stringify(value)),
        some.map(({ firstMs }) => Math.round(firstMs)),
        some.map(({ lastMs }) => Math.round(lastMs)),
      ],
    );
  }
}

/** Adds findings; one that is there already stays as it is, but that it is known to be in an audit. */
export async function writeFindings(sql: Sql, findings: readonly Finding[], isRecorded: boolean): Promise<void> {
  for (const finding of findings)
    await sql.query(
      `INSERT INTO anomaly_finding VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET recorded = anomaly_finding.recorded OR excluded.recorded`,
      [finding.id, Math.round(finding.timeMs), JSON.stringify(finding), isRecorded],
    );
}

/** Findings that aren't known to be in an audit yet, oldest first. */
export async function readUnrecorded(sql: Sql): Promise<readonly Finding[]> {
  const { rows } = await sql.query('SELECT record FROM anomaly_finding WHERE NOT recorded ORDER BY time_ms');
  return rows.map((row) => JSON.parse(String(row['record'])) as Finding);
}

/** Findings of a period, newest first. */
export async function readFindings(sql: Sql, sinceMs: number, untilMs: number): Promise<readonly Finding[]> {
  const { rows } = await sql.query(
    'SELECT record FROM anomaly_finding WHERE time_ms >= $1 AND time_ms < $2 ORDER BY time_ms DESC',
    [sinceMs, untilMs],
  );
  return rows.map((row) => JSON.parse(String(row['record'])) as Finding);
}

/** Takes the address out of findings about nobody that are older than a time. */
export async function forgetAddresses(sql: Sql, beforeMs: number): Promise<void> {
  const { rows } = await sql.query(
    `SELECT record FROM anomaly_finding WHERE recorded AND time_ms < $1 AND record LIKE '%"person":null%'
       AND record NOT LIKE '%"remoteAddress":""%'`,
    [Math.floor(beforeMs)],
  );
  for (const row of rows) {
    const finding = JSON.parse(String(row['record'])) as Finding;
    await sql.query('UPDATE anomaly_finding SET record = $2 WHERE id = $1', [
      finding.id,
      JSON.stringify(withoutAddress(finding)),
    ]);
  }
}

function idOf(key: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('base64url');
}
