import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../../storage/in-transaction.ts';
import { makePrivateFile } from '../../storage/make-private-file.ts';
import { auditFiles } from '../audit-files.ts';
import { markCopy, migrateAudit } from '../audit-schema.ts';
import { leafHash } from '../tree/tree-hash.ts';
import type { DatabaseLog } from './database-log.ts';

/**
 * The newest records in the data folder, for what follows them there: sinks, anomalies, counts of usage. It is no record;
 * whatever is wrong with it is made again from PostgreSQL, and it never holds up or fails what is recorded.
 */
export interface LocalCopy {
  /** Copies records, the first of which has this number. */
  write(from: number, lines: readonly string[]): void;
  /** Copies what the log has and the copy hasn't. */
  catchUp(log: DatabaseLog): Promise<void>;
  close(): void;
}

/** Records that are left when a copy is shortened, and how many more than those it has then. */
const keptRecords = 200_000;
const shortenEvery = 20_000;
/** A copy that lacks more than so many begins anew, with as many of the last as a sink may lack of a relay that was killed. */
const maxMissing = 100_000;
const firstRecords = 5000;
const recordsAtOnce = 5000;

/**
 * Opens the copy, or begins one with the last records.
 * @param warn told when it can't be kept any more, and when PostgreSQL lacks records that it has
 */
export async function openLocalCopy(
  dataDir: string,
  log: DatabaseLog,
  warn: (reason: string) => void,
): Promise<LocalCopy> {
  const { database: path } = auditFiles(dataDir);
  let database: DatabaseSync | undefined;
  let last = 0;
  let hasFailed = false;

  const attempt = (work: (database: DatabaseSync) => void): void => {
    if (database === undefined) return;
    try {
      work(database);
    } catch (error) {
      if (!hasFailed) warn(`The copy of the audit in the data folder can’t be written: ${String(error)}`);
      hasFailed = true;
      database.close();
      database = undefined;
    }
  };
  const insert = (from: number, lines: readonly string[]): void =>
    attempt((into) => {
      const put = into.prepare('INSERT INTO audit (seq, hash, payload) VALUES (?, ?, ?)');
      inTransaction(into, () => {
        for (const [index, line] of lines.entries()) put.run(from + index, leafHash(line), line);
        const first = from + lines.length - keptRecords;
        if (Math.floor(from / shortenEvery) < Math.floor((from + lines.length) / shortenEvery))
          into.prepare('DELETE FROM audit WHERE seq < ?').run(first);
      });
      last = from + lines.length - 1;
    });
  const begin = (): void => {
    database?.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    database = openCopy(path);
    last = 0;
  };

  const tellLoss = (known: number, { size }: DatabaseLog): void => {
    if (known > size)
      warn(
        `The audit in PostgreSQL ends at record ${size}, the copy in the data folder at ${known}: PostgreSQL was put back to an earlier state, and records are missing.`,
      );
  };

  const copy: LocalCopy = {
    write(from, lines) {
      if (from === last + 1) insert(from, lines);
    },
    async catchUp(from) {
      tellLoss(last, from);
      if (last > from.size || from.size - last > maxMissing) attempt(begin);
      if (last === 0) last = Math.max(0, from.size - firstRecords);
      while (last < from.size && database !== undefined) {
        const records = await from.after(last, recordsAtOnce);
        const [first] = records;
        if (first === undefined) return;
        insert(
          first.seq,
          records.map(({ payload }) => payload),
        );
      }
    },
    close: () => database?.close(),
  };

  try {
    database = openCopy(path);
    last = await lastInCommon(database, log);
    if (last === 0) {
      tellLoss(lastOf(database), log);
      begin();
    }
  } catch {
    // Of another audit, or damaged.
    try {
      begin();
    } catch (error) {
      warn(`The copy of the audit in the data folder can’t be made: ${String(error)}`);
    }
  }
  await copy.catchUp(log);
  return copy;
}

function openCopy(path: string): DatabaseSync {
  makePrivateFile(path);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  migrateAudit(database);
  markCopy(database);
  return database;
}

function lastOf(database: DatabaseSync): number {
  return Number(database.prepare('SELECT max(seq) AS last FROM audit').get()?.['last'] ?? 0);
}

/** The copy's last record when the log has the same one; 0 when it hasn't. */
async function lastInCommon(database: DatabaseSync, log: DatabaseLog): Promise<number> {
  const row = database.prepare('SELECT seq, payload FROM audit ORDER BY seq DESC LIMIT 1').get();
  const seq = Number(row?.['seq'] ?? 0);
  if (row === undefined || seq > log.size) return 0;
  const [same] = await log.after(seq - 1, 1);
  return same?.seq === seq && same.payload === row['payload'] ? seq : 0;
}
