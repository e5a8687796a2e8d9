import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { createSharedRevealer, type SharedRevealer } from '../keys/shared-revealer.ts';
import type { SourcedEntry } from '../reading/audit-source.ts';
import { type FedRecord, type FollowOptions, followRecords, type FoundRecords } from '../reading/follow-audit.ts';
import { knownLogs, recordsBetween } from './stored-records.ts';

const recordsAtOnce = 5000;

/** Follows the records of all relays, or of one, each from the number given on; a relay that is new from its first. */
export function followLogs({
  sql,
  relay,
  after,
  ...options
}: FollowOptions & {
  readonly sql: Sql;
  readonly relay: string | undefined;
  readonly after: ReadonlyMap<string, number>;
}): AsyncGenerator<SourcedEntry> {
  const at = new Map(after);
  const revealer = createSharedRevealer(sql);
  return followRecords(() => recordsAfterIn(sql, relay, at, revealer), options);
}

/** Some of the records of all relays, or of one, after a place of each; moves the places on. */
export async function recordsAfterIn(
  sql: Sql,
  relay: string | undefined,
  at: Map<string, number>,
  revealer: SharedRevealer = createSharedRevealer(sql),
): Promise<FoundRecords> {
  const records: FedRecord[] = [];
  let isBehind = false;
  for (const log of await knownLogs(sql, relay)) {
    const from = at.get(log.relay) ?? log.first - 1;
    if (from >= log.last) continue;
    const to = Math.min(from + recordsAtOnce, log.last);
    const stored = await recordsBetween(sql, log, from + 1, to);
    await revealer.prepare(stored.map(({ payload }) => payload));
    for (const { seq, payload } of stored) records.push({ seq, payload: revealer.reveal(payload), relay: log.relay });
    at.set(log.relay, to);
    isBehind ||= to < log.last;
  }
  return { records, isBehind };
}
