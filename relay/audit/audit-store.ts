import { closeSync, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { makePrivateFile } from '../storage/make-private-file.ts';
import type { AuditFiles } from './audit-files.ts';
import { migrateAudit, refuseCopy } from './audit-schema.ts';
import { appendNote, mendCheckpointFile, shortenCheckpointFile } from './checkpoint-file.ts';
import { shippedUpTo } from './shipped-up-to.ts';
import { auditLine } from './audit-line.ts';
import { changeLogKey, makeSigningKey } from './change-log-key.ts';
import { formatVerifierKey, signCheckpoint } from './checkpoint-note.ts';
import { createRetention, readSegments } from './cut-audit.ts';
import { segmentDay } from './retention/day-segments.ts';
import { hasKey, onlyKey, openLogCheckpoint } from './log-keys.ts';
import { logKeysOf } from './signed-checkpoints.ts';
import { createThinning } from './thin-checkpoints.ts';
import { storedTree } from './tree/stored-tree.ts';
import { rangeHash, type Subtree } from './tree/subtrees.ts';
import { edgeOf } from './tree/tree-edge.ts';
import { leafHash } from './tree/tree-hash.ts';

/** The open database with the right edge of its tree. Every function is synchronous and throws what SQLite throws. */
export interface AuditStore {
  readonly seq: number;
  /** Something about what is stored that an operator must look at, found when it was opened. */
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
  /**
   * Copies the log into the database once it is long enough, where the store was told to leave that to its owner; true
   * when the database has been flushed. @throws what SQLite does when the disk fails, which it keeps to itself otherwise.
   */
  emptyLog(): boolean;
  /** Signs the root of the tree, unless that is done already. */
  checkpoint(): void;
  /**
   * Lets a new key sign from here on, behind these records and one that says so and why, which the key so far signs; answers the new
   * one’s line, before the next checkpoint, which is the new one’s first. On a throw the store must be closed.
   */
  replaceKey(why: string, linesBefore?: readonly string[]): string;
  /** Writes the record of a cut when days are old enough to go, and signs it; answers how many records are cut then. */
  cutDays(): number | undefined;
  /** Takes some of what was cut out of the file; false when nothing is left of it. */
  cutSome(): boolean;
  /** Leaves out some of the checkpoints that are too close together for their age; false when a round is done. */
  thinSome(): boolean;
  /** @throws Error when the file at the path is no longer the one being written. */
  checkPlace(): void;
  close(): void;
}

// Copying the log into the database holds up whoever waits for the next commit: rarely, at 32 MB, not at 4.
const logPages = 8000;
// A page with its frame's head, and the file's head (https://sqlite.org/fileformat2.html#the_write_ahead_log).
const logBytes = 32 + logPages * (4096 + 24);

/** Each statement that is run costs as much as writing two or three rows. */
const rowsAtOnce = 16;

/** Opens or creates the database and finds where its tree ends. */
export function openAuditStore(
  files: AuditFiles,
  key: KeyObject,
  options: {
    readonly maxPages: number | undefined;
    /** How many days stay; all without it. */
    readonly keepDays?: number | undefined;
    /** Those that the audit is sent to, by name: what they haven't got yet stays. */
    readonly sinks?: readonly string[];
    /** The owner calls `emptyLog`; otherwise SQLite does as much by itself. */
    readonly emptiesLog?: boolean;
    readonly now: () => number;
  },
): AuditStore {
  // Made before SQLite opens it, so that neither it nor the files beside it are ever readable by others.
  makePrivateFile(files.database);
  const database = new DatabaseSync(files.database);
  try {
    // Counts only for a file that is made now: it can get shorter, without a pause.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec(`PRAGMA wal_autocheckpoint = ${options.emptiesLog === true ? 0 : logPages}`);
    refuseCopy(database);
    if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    migrateAudit(database);
    return startStore(database, files, key, options);
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

function startStore(
  database: DatabaseSync,
  files: AuditFiles,
  firstKey: KeyObject,
  { keepDays, sinks = [], now }: Parameters<typeof openAuditStore>[2],
): AuditStore {
  let key = firstKey;
  const known = logKeysOf(files, undefined);
  // Where the file names another one, that is for the verifier to say.
  const keys = known !== undefined && hasKey(known, createPublicKey(key)) ? known : onlyKey(createPublicKey(key));
  const insert = database.prepare('INSERT INTO audit (seq, hash, payload) VALUES (?, ?, ?)');
  const insertMany = database.prepare(
    `INSERT INTO audit (seq, hash, payload) VALUES ${Array.from({ length: rowsAtOnce }, () => '(?, ?, ?)').join(', ')}`,
  );
  const logState = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const insertNote = database.prepare('INSERT OR REPLACE INTO note (seq, note) VALUES (?, ?)');
  const keep = database.prepare('INSERT OR REPLACE INTO tree (level, number, hash) VALUES (?, ?, ?)');
  const beginSegment = database.prepare('INSERT OR REPLACE INTO segment (first_seq, day) VALUES (?, ?)');
  const retention =
    keepDays === undefined
      ? undefined
      : createRetention(database, () => key, { keepDays, shippedUpTo: () => shippedUpTo(files.sinks, sinks) });
  const thinning = createThinning(database, files.checkpoints, now);
  let segment = readSegments(database).at(-1);
  const lastNote = database.prepare('SELECT seq, note FROM note ORDER BY seq DESC LIMIT 1').get();
  const stored = database.prepare('SELECT max(seq) AS seq FROM audit').get();
  const completed: [Subtree, Uint8Array][] = [];
  const hashOf = storedTree(database);
  const edge = edgeOf(Number(stored?.['seq'] ?? 0), hashOf, (...subtree) => completed.push(subtree));
  let seq = edge.size;
  let signedSeq = Number(lastNote?.['seq'] ?? 0);
  const place = statSync(files.database);

  const fileSeq = mendCheckpointFile(files.checkpoints, signedSeq, String(lastNote?.['note'] ?? ''), keys);
  const signed = Math.max(signedSeq, fileSeq);
  const head = openLogCheckpoint(String(lastNote?.['note'] ?? ''), keys);
  const warning =
    signed > seq
      ? `The audit ends at record ${seq}, but record ${signed} was signed: records are missing.`
      : head?.kind === 'tree' && !head.hash.equals(rangeHash(0, head.size, hashOf))
        ? `Records up to ${head.size} aren’t those that were signed: “audit verify” says which.`
        : null;

  const write = (lines: readonly string[], besides?: () => void): void => {
    let row: (number | Uint8Array | string)[] = [];
    begin.run();
    const day = segmentDay(segment, now());
    if (day !== segment?.day) {
      segment = { firstSeq: edge.size + 1, day };
      beginSegment.run(segment.firstSeq, day);
    }
    for (const line of lines) {
      const leaf = leafHash(line);
      edge.add(leaf);
      row.push(edge.size, leaf, line);
      if (row.length < rowsAtOnce * 3) continue;
      insertMany.run(...row);
      row = [];
    }
    for (let index = 0; index < row.length; index += 3) insert.run(...row.slice(index, index + 3));
    for (const [{ level, index }, hash] of completed.splice(0)) keep.run(level, index, hash);
    besides?.();
    commit.run();
    seq = edge.size;
  };
  const checkpoint = (): void => {
    if (signedSeq < seq) signNow();
  };
  const signNow = (): void => {
    const note = signCheckpoint({ size: seq, hash: edge.root() }, key);
    insertNote.run(seq, note);
    signedSeq = seq;
    appendNote(files.checkpoints, note);
  };

  return {
    get seq() {
      return seq;
    },
    warning,
    write: (lines) => write(lines),
    lengthenLog: () => lengthenLog(`${files.database}-wal`),
    emptyLog() {
      if (Number(logState.get()?.['log'] ?? 0) < logPages) return false;
      database.exec('PRAGMA wal_checkpoint(PASSIVE)');
      return true;
    },
    checkpoint,
    replaceKey(why, linesBefore = []) {
      const next = makeSigningKey();
      const line = formatVerifierKey(next);
      const detail = `The key ${formatVerifierKey(key)} signs up to this record, ${line} from the next one on; ${why}`;
      write([...linesBefore, auditLine({ type: 'relay', timeMs: now(), event: 'audit-key-changed', detail })]);
      checkpoint();
      changeLogKey(files, { size: seq, root: edge.root() }, key, next);
      key = next;
      // By this key nothing is signed yet: the next checkpoint is due, whether or not a record comes.
      signedSeq = 0;
      return line;
    },
    cutDays() {
      const cut = retention?.plan(now());
      if (cut === undefined) return undefined;
      write([cut.line], () => cut.note(seq + 1));
      // Signed before anything goes.
      checkpoint();
      shortenCheckpointFile(files.checkpoints, cut.size);
      return cut.size;
    },
    cutSome: () => retention?.step() ?? false,
    thinSome: () => thinning.step(),
    checkPlace() {
      const found = statSync(files.database, { throwIfNoEntry: false });
      if (found?.ino !== place.ino || found.dev !== place.dev)
        throw new Error('the audit database was removed or replaced while in use');
    },
    close() {
      thinning.close();
      database.close();
    },
  };
}
