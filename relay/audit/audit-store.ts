import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { KeyObject } from 'node:crypto';
import type { AuditFiles } from './audit-files.ts';
import { chainHash, chainStart } from './chain-hash.ts';
import { openCheckpoint, signCheckpoint, splitNotes } from './checkpoint-note.ts';

/** The open database with the head of its chain. Every function is synchronous and throws what SQLite throws. */
export interface AuditStore {
  readonly seq: number;
  /** Something about the stored chain that an operator must look at, found when it was opened. */
  readonly warning: string | null;
  /** Writes all lines in one transaction; on a throw none is written and the store must be closed. */
  write(lines: readonly string[]): void;
  /**
   * Makes the write-ahead log a little longer, towards the length that it reaches anyway; false when it is long enough.
   * A commit that writes over what is in the file already is durable in a third of the time of one that makes the file
   * longer, because the file system has nothing to note about it. SQLite takes what follows its last frame for the rest
   * of an earlier log: a frame of zeros has no salt that it knows.
   */
  lengthenLog(): boolean;
  /** Signs the head of the chain, unless that is done already. */
  checkpoint(): void;
  /** @throws Error when the file at the path is no longer the one being written. */
  checkPlace(): void;
  close(): void;
}

// What is in a record is read out of its payload where it is needed (`auditFields`). As generated columns, even virtual
// ones, SQLite would read it at each insert: a tenth of the writing thread's time.
const schema = `
  CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, payload TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoint (seq INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
`;

// Copying the log into the database holds up whoever waits for the next commit: rarely, at 32 MB, not at 4.
const logPages = 8000;
// A page with its frame's head, and the file's head (https://sqlite.org/fileformat2.html#the_write_ahead_log).
const logBytes = 32 + logPages * (4096 + 24);

/** Each statement that is run costs as much as writing two or three rows. */
const rowsAtOnce = 16;

/** Opens or creates the database and finds the head of the chain. */
export function openAuditStore(
  files: AuditFiles,
  key: KeyObject,
  options: { readonly maxPages: number | undefined; readonly now: () => number },
): AuditStore {
  // Made before SQLite opens it, so that neither it nor the files beside it are ever readable by others.
  closeSync(openSync(files.database, 'a', 0o600));
  const database = new DatabaseSync(files.database);
  try {
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec(`PRAGMA wal_autocheckpoint = ${logPages}`);
    if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    database.exec(schema);
    return startStore(database, files, key, options.now);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes the file longer by up to 1 MB of zeros; false when it has its length or can't have it. */
function lengthenLog(path: string): boolean {
  try {
    const file = openSync(path, 'r+');
    try {
      return appendZeros(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // It is no more than a help: without room, or a file handle, for it records are written as slowly as ever; a disk
    // that fails says so when they are.
    return false;
  }
}

function appendZeros(file: number): boolean {
  const { size } = fstatSync(file);
  const missing = Math.max(0, Math.min(1_048_576, logBytes - size));
  let written = 0;
  try {
    written = writeSync(file, Buffer.alloc(missing), 0, missing, size);
    return missing > 0 && written === missing;
  } finally {
    // The last of a disk's room is for records, here and elsewhere.
    if (written < missing) ftruncateSync(file, size);
  }
}

function startStore(database: DatabaseSync, files: AuditFiles, key: KeyObject, now: () => number): AuditStore {
  const insert = database.prepare('INSERT INTO audit (seq, hash, payload) VALUES (?, ?, ?)');
  const insertMany = database.prepare(
    `INSERT INTO audit (seq, hash, payload) VALUES ${Array.from({ length: rowsAtOnce }, () => '(?, ?, ?)').join(', ')}`,
  );
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const insertNote = database.prepare('INSERT OR REPLACE INTO checkpoint (seq, note) VALUES (?, ?)');
  const last = database.prepare('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1').get();
  const lastNote = database.prepare('SELECT seq, note FROM checkpoint ORDER BY seq DESC LIMIT 1').get();
  let seq = Number(last?.['seq'] ?? 0);
  let hash: Uint8Array = last === undefined ? chainStart : (last['hash'] as Uint8Array);
  let signedSeq = Number(lastNote?.['seq'] ?? 0);
  const place = statSync(files.database);

  const fileSeq = mendCheckpointFile(files.checkpoints, signedSeq, String(lastNote?.['note'] ?? ''), key);
  const signed = Math.max(signedSeq, fileSeq);
  const warning =
    signed > seq ? `The audit ends at record ${seq}, but record ${signed} was signed: records are missing.` : null;

  return {
    get seq() {
      return seq;
    },
    warning,
    write(lines) {
      let nextSeq = seq;
      let nextHash = hash;
      let row: (number | Uint8Array | string)[] = [];
      begin.run();
      for (const line of lines) {
        nextSeq += 1;
        nextHash = chainHash(nextHash, line, nextSeq);
        row.push(nextSeq, nextHash, line);
        if (row.length < rowsAtOnce * 3) continue;
        insertMany.run(...row);
        row = [];
      }
      for (let index = 0; index < row.length; index += 3) insert.run(...row.slice(index, index + 3));
      commit.run();
      seq = nextSeq;
      hash = nextHash;
    },
    lengthenLog: () => lengthenLog(`${files.database}-wal`),
    checkpoint() {
      if (signedSeq >= seq) return;
      const note = signCheckpoint({ seq, hash: Buffer.from(hash), timeMs: now() }, key);
      insertNote.run(seq, note);
      signedSeq = seq;
      appendNote(files.checkpoints, note);
    },
    checkPlace() {
      const found = statSync(files.database, { throwIfNoEntry: false });
      if (found?.ino !== place.ino || found.dev !== place.dev)
        throw new Error('the audit database was removed or replaced while in use');
    },
    close: () => database.close(),
  };
}

/**
 * A crash between commit and append leaves the last stored note out of the file, or only its beginning in it; that is
 * made good. Anything else is left as it is, for the verifier to name. Answers the last record signed in the file.
 */
function mendCheckpointFile(path: string, storedSeq: number, storedNote: string, key: KeyObject): number {
  const end = existsSync(path) ? readEnd(path) : '';
  const seqs = splitNotes(end).map((note) => openCheckpoint(note, key)?.seq ?? 0);
  const fileSeq = Math.max(0, ...seqs);
  if (storedSeq <= fileSeq) return fileSeq;
  let present = storedNote.length;
  while (!end.endsWith(storedNote.slice(0, present))) present -= 1;
  appendNote(path, storedNote.slice(present));
  return storedSeq;
}

/** The last notes of a file that may be large. */
function readEnd(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(Math.min(size, 8192));
    readSync(file, end, 0, end.length, size - end.length);
    return end.toString('utf8');
  } finally {
    closeSync(file);
  }
}

function appendNote(path: string, note: string): void {
  const file = openSync(path, 'a', 0o600);
  try {
    appendFileSync(file, note);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
