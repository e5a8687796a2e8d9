import type { DatabaseSync } from 'node:sqlite';
import { digestOf, isPlaceIn } from './audit-place.ts';
import { type AuditReader, openAuditReader, type StoredRecord } from './audit-reader.ts';
import { countRecords, hourOf } from './count-records.ts';
import { openUsage } from './open-usage.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { countWriter } from './write-counts.ts';

/** How far the audit has been counted. */
export interface Counted {
  /** The last record that is counted. */
  readonly seq: number;
  /** Records that had gone from the audit before they were counted. */
  readonly missed: number;
}

interface Cursor extends Counted {
  readonly digest: Uint8Array;
  /** Whether counts are here that this audit doesn't hold (any more). */
  readonly outlived: boolean;
}

const defaultBatch = 20_000;
const start = { seq: 0, digest: new Uint8Array() } as const;

/**
 * Counts what the audit holds behind the last record that was counted. Each batch is one transaction with the cursor, so
 * that each record counts once, whatever process does it and whenever it ends.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export function catchUp(dataDir: string, batch = defaultBatch): Counted {
  return withBoth(dataDir, (database, reader) => {
    const write = countWriter(database);
    for (;;) {
      const { counted, atEnd } = inTransaction(database, () => countBatch(database, reader, write, batch));
      if (atEnd) return counted;
    }
  });
}

/**
 * Counts the whole audit anew, and keeps the counts of hours that it doesn't hold whole any more. One transaction: who
 * reads meanwhile sees the old counts.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export function rebuildUsage(dataDir: string, batch = defaultBatch): Counted {
  catchUp(dataDir, batch);
  return withBoth(dataDir, (database, reader) =>
    inTransaction(database, () => {
      const write = countWriter(database);
      const { first } = reader.range();
      const cursor = cursorOf(database);
      const oldest = reader.at(first);
      const isCut = cursor.outlived || first > 1;
      const keepUpTo = isCut && oldest !== undefined ? hourOf(timeOf(oldest)) : Number.NEGATIVE_INFINITY;
      for (const table of ['usage', 'denial']) {
        database.prepare(`DELETE FROM ${table} WHERE hour > ?`).run(isCut ? keepUpTo : Number.MIN_SAFE_INTEGER);
      }
      let seq = 0;
      for (;;) {
        const records = reader.after(seq, batch);
        const upTo = records.filter((record) => record.seq <= cursor.seq);
        write(countRecords(payloadsOf(upTo), keepUpTo));
        if (upTo.length < batch) return { seq: cursor.seq, missed: cursor.missed };
        seq = records.at(-1)?.seq ?? seq;
      }
    }),
  );
}

function countBatch(
  database: DatabaseSync,
  reader: AuditReader,
  write: ReturnType<typeof countWriter>,
  batch: number,
): { readonly counted: Counted; readonly atEnd: boolean } {
  const before = sameAudit(cursorOf(database), reader);
  const records = reader.after(before.seq, batch);
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return { counted: before, atEnd: true };
  write(countRecords(payloadsOf(records)));
  const gap = first.seq - before.seq - 1;
  const cursor: Cursor = {
    seq: last.seq,
    digest: digestOf(last),
    outlived: before.outlived,
    missed: before.missed + gap,
  };
  database
    .prepare('UPDATE counted SET seq = ?, digest = ?, outlived = ?, missed = ?')
    .run(cursor.seq, cursor.digest, Number(cursor.outlived), cursor.missed);
  return { counted: cursor, atEnd: records.length < batch };
}

/** The cursor, or one at the start when another audit is in the folder now: the old one was moved away. */
function sameAudit(cursor: Cursor, reader: AuditReader): Cursor {
  if (isPlaceIn(reader, cursor)) return cursor;
  return { ...start, outlived: true, missed: cursor.missed };
}

function cursorOf(database: DatabaseSync): Cursor {
  const row = database.prepare('SELECT seq, digest, outlived, missed FROM counted').get();
  if (row === undefined) throw new Error('the usage counts have lost their place in the audit');
  return {
    seq: Number(row['seq']),
    digest: row['digest'] as Uint8Array,
    outlived: row['outlived'] === 1,
    missed: Number(row['missed']),
  };
}

function* payloadsOf(records: readonly StoredRecord[]): Iterable<string> {
  for (const { payload } of records) yield payload;
}

function timeOf({ payload }: StoredRecord): number {
  return (JSON.parse(payload) as { readonly timeMs: number }).timeMs;
}

function withBoth<Result>(dataDir: string, work: (database: DatabaseSync, reader: AuditReader) => Result): Result {
  const reader = openAuditReader(dataDir);
  try {
    const database = openUsage(dataDir);
    try {
      return work(database, reader);
    } finally {
      database.close();
    }
  } finally {
    reader.close();
  }
}
