import { ForeignLogError, openRelayLog, type RelayLog } from '../audit/shared/relay-log.ts';
import { cutOf } from '../audit/shared/cut-of.ts';
import { auditTables } from '../audit/shared/tables.ts';
import { leafHash } from '../audit/tree/tree-hash.ts';
import { openPostgresClient, type PostgresClient } from '../storage/postgres/postgres-client.ts';
import type { AuditReader } from './audit-reader.ts';
import type { SinkPlace } from './sink-settings.ts';
import type { StretchLimits } from './read-stretch.ts';
import { failureWords, type SinkTarget } from './sink-target.ts';

/** What one statement takes. */
const stretchLimits: StretchLimits = { maxRecords: 8000, maxBytes: 4 * 1_048_576 };

/**
 * Writes records into the audit of all relays in PostgreSQL, each once, and the checkpoints that are signed for them. How
 * far it is, PostgreSQL itself says: the cursor follows it, also when it lost what it had. It reads records itself, as they are stored,
 * with the hashes that stand beside them.
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
    async send({ after, upTo }, signal) {
      const onAbort = (): void => void release();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const to = await opened();
        const { log } = to;
        if (upTo <= log.size) return { status: 'moved', seq: log.size };
        const there = reader.range().first;
        const first = Math.max(after + 1, there);
        if (first > log.size + 1) {
          if (there < first) return { status: 'moved', seq: log.size };
          await log.skipTo(first - 1, reader.edgeBefore(first));
        }
        await appendUpTo(log, reader, upTo);
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
  const own = reader.stretch(log.size - 1, log.size, { maxRecords: 1, maxBytes: 0 });
  if (own === undefined || !leafHash(own.lines.toString()).equals(log.lastHash))
    throw new ForeignLogError(
      `record ${log.size} of the relay “${relay}” is another one in PostgreSQL than in its data folder: two relays have this id, or the folder was rolled back. Give this relay another relay.id`,
    );
}

/** Brings the log of PostgreSQL up to a record, in stretches of one day at most, as the log has them in its segments. */
async function appendUpTo(log: RelayLog, reader: AuditReader, upTo: number): Promise<void> {
  while (log.size < upTo) {
    const { day, upTo: endOfDay } = reader.dayAt(log.size + 1);
    const stretch = reader.stretch(log.size, Math.min(upTo, endOfDay), stretchLimits);
    if (stretch === undefined) throw new Error(`records behind ${log.size} are missing from the audit`);
    const edge = reader.edgeBefore(stretch.upTo + 1);
    await log.appendHashed({ ...stretch, edge }, day, cutIn(stretch.lines));
  }
}

const cutMark = '"event":"audit-cut"';

/** As {@link cutOf}, of lines in one piece. */
function cutIn(lines: Buffer): ReturnType<typeof cutOf> {
  if (!lines.includes(cutMark)) return undefined;
  return cutOf(lines.toString().split('\n'));
}
