import type { PostgresClient } from '../../storage/postgres/postgres-client.ts';
import { createSharedRevealer } from '../keys/shared-revealer.ts';
import type { AuditEntry, AuditOutcome } from '../reading/audit-query.ts';
import type { AuditSource, SourcedEntry, SourcedLines } from '../reading/audit-source.ts';
import { requireNames } from '../reading/known-names.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { followLogs } from './follow-logs.ts';
import { readTermKey, type TermKey } from './hidden-terms.ts';
import { termsOfField, valueOf } from './index-terms.ts';
import { type FoundLines, LogReader } from './log-reader.ts';
import { merge } from './merge.ts';
import { openShared, requireLogs, type SharedPlace } from './open-shared.ts';
import type { KnownLog } from './stored-records.ts';

const linesAtOnce = 500;

/**
 * The records of all relays in PostgreSQL, or of one.
 * @throws AccessError `shared-state-unavailable`, and `bad-input` for a relay that has no records
 */
export async function openSharedSource(place: SharedPlace): Promise<AuditSource> {
  const sql = await openShared(place);
  try {
    return sourceOf(sql, await requireLogs(sql, place.relay), place.relay, await readTermKey(sql));
  } catch (error) {
    await sql.close();
    throw error;
  }
}

function sourceOf(
  sql: PostgresClient,
  logs: readonly KnownLog[],
  relay: string | undefined,
  key: TermKey | null,
): AuditSource {
  const revealer = createSharedRevealer(sql);
  const readers = logs.map((log) => new LogReader(sql, log, revealer, key));
  const isOne = relay !== undefined;
  return {
    requireKnownNames: (filters, configured) =>
      requireNames(filters, configured, {
        async isRecorded(field, value) {
          for (const reader of readers) if (await reader.names(field, value)) return true;
          return false;
        },
        async values(field) {
          const found = await sql.query(
            `SELECT DISTINCT term FROM audit_term WHERE term >= $1 AND term < $1 || chr(1114111)
             AND relay = coalesce($2, relay)`,
            [termsOfField(field), relay ?? null],
          );
          const values = found.rows.map(({ term }) => valueOf(field, String(term), key));
          for (const reader of readers) values.push(...(await reader.unindexedValues(field)));
          return values;
        },
      }),
    async *newestFirst(filters, cursor) {
      const at = parseCursor(cursor, logs, isOne, 'backwards');
      const streams = readers.map((reader) => reader.newestFirst(filters, at.get(reader.log.relay)));
      for await (const found of merge(streams, (one, other) => other.timeMs - one.timeMs)) {
        at.set(found.relay, found.seq);
        yield { ...entryOf(found), cursor: formatCursor(at, isOne) };
      }
    },
    async *inOrder(filters, cursor) {
      const at = parseCursor(cursor, logs, isOne, 'forwards');
      const streams = readers.map((reader) => reader.inOrder(filters, at.get(reader.log.relay)));
      let some: SourcedLines[] = [];
      for await (const found of merge(streams, (one, other) => one.timeMs - other.timeMs)) {
        some.push(found);
        if (some.length < linesAtOnce) continue;
        yield some;
        some = [];
      }
      yield some;
    },
    end(cursor) {
      const at = parseCursor(cursor, logs, isOne, 'forwards');
      for (const { relay: id, last } of logs) at.set(id, Math.max(last, at.get(id) ?? 0));
      return formatCursor(at, isOne);
    },
    follow: (filters, signal) =>
      followLogs({ sql, relay, after: new Map(logs.map((log) => [log.relay, log.last])), filters, signal }),
    close: () => sql.close(),
  };
}

function entryOf({ relay, seq, record, outcome }: FoundLines): SourcedEntry {
  return {
    relay,
    seq,
    record: JSON.parse(record) as AuditEntry['record'],
    outcome: outcome === null ? null : (JSON.parse(outcome) as AuditOutcome),
  };
}
