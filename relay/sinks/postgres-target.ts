import { ForeignLogError, openRelayLog, type RelayLog } from '../audit/shared/relay-log.ts';
import { cutOf } from '../audit/shared/cut-of.ts';
import { auditTables } from '../audit/shared/tables.ts';
import { leafHash } from '../audit/tree/tree-hash.ts';
import { openPostgresClient, type PostgresClient } from '../storage/postgres/postgres-client.ts';
import type { AuditReader } from './audit-reader.ts';
import type { SinkPlace } from './sink-settings.ts';
import { failureWords, type ShippedRecord, type SinkTarget } from './sink-target.ts';

/**
 * Writes records into the audit of all relays in PostgreSQL, each once, and the checkpoints that are signed for them. How
 * far it is, PostgreSQL itself says: the cursor follows it, also when it lost what it had.
 */
export function createPostgresTarget(
  place: Extract<SinkPlace, { kind: 'postgres' }>,
  reader: AuditReader,
  timeoutMs: number,
): SinkTarget {
  let open: { readonly connection: PostgresClient; readonly log: RelayLog; notedUpTo: number } | undefined;

  const release = async (): Promise<void> => {
    const { connection } = open ?? {};
    open = undefined;
    await connection?.close();
  };

  const opened = async (): Promise<NonNullable<typeof open>> => {
    if (open !== undefined) return open;
    const connection = await openPostgresClient(place.storage, { migrations: [auditTables], statementMs: timeoutMs });
    try {
      const log = await openRelayLog(connection, { relay: place.relay, verifierKey: reader.verifierKey });
      requireSameRecords(log, reader, place.relay);
      open = { connection, log, notedUpTo: 0 };
      return open;
    } catch (error) {
      await connection.close();
      throw error;
    }
  };

  const keepNotes = async (to: NonNullable<typeof open>): Promise<void> => {
    const notes = reader.notes(to.notedUpTo, to.log.size);
    // Behind the notes: whatever key signed them is known by then.
    const { verifierKey } = reader;
    if (verifierKey !== '') await to.log.keepKeys(verifierKey);
    await to.log.keepNotes(notes);
    to.notedUpTo = notes.at(-1)?.size ?? to.notedUpTo;
  };

  return {
    async send({ records }, signal) {
      const onAbort = (): void => void release();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const to = await opened();
        const { log } = to;
        const fresh = records.filter(({ seq }) => seq > log.size);
        const [first] = fresh;
        if (first === undefined) return { status: 'moved', seq: log.size };
        if (first.seq > log.size + 1) {
          if (reader.range().first < first.seq) return { status: 'moved', seq: log.size };
          await log.skipTo(first.seq - 1, reader.edgeBefore(first.seq));
        }
        for (const { day, lines } of linesByDay(fresh, reader)) await log.append(lines, day, cutOf(lines));
        await keepNotes(to);
        return { status: 'delivered' };
      } catch (error) {
        await release();
        return { status: 'failed', reason: failureWords(error) };
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    async didCatchUp() {
      if (open === undefined) return;
      try {
        await keepNotes(open);
      } catch {
        // The next record says what is wrong.
        await release();
      }
    },
    close: release,
  };
}

function requireSameRecords(log: RelayLog, reader: AuditReader, relay: string): void {
  const { first, last } = reader.range();
  if (log.size > last)
    throw new ForeignLogError(
      `PostgreSQL has ${log.size} records of the relay “${relay}”, its data folder only ${last}: the folder was rolled back. Give this relay another relay.id`,
    );
  if (log.lastHash === null || log.size < first) return;
  const [own] = reader.after(log.size - 1, log.size, 1);
  if (own === undefined || !leafHash(own.payload).equals(log.lastHash))
    throw new ForeignLogError(
      `record ${log.size} of the relay “${relay}” is another one in PostgreSQL than in its data folder: two relays have this id, or the folder was rolled back. Give this relay another relay.id`,
    );
}

/** Records in stretches of one day each, as the log has them in its segments. */
function* linesByDay(
  records: readonly ShippedRecord[],
  reader: AuditReader,
): Generator<{ readonly day: number; readonly lines: readonly string[] }> {
  let index = 0;
  for (let next = records[index]; next !== undefined; next = records[index]) {
    const { day, upTo } = reader.dayAt(next.seq);
    const lines: string[] = [];
    for (let record = records[index]; record !== undefined && record.seq <= upTo; record = records[(index += 1)])
      lines.push(record.payload);
    yield { day, lines };
  }
}
