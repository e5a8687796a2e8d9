import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../storage/in-transaction.ts';
import { claimedSize, splitNotes } from './checkpoint-note.ts';
import { periodOf } from './retention/checkpoints-to-keep.ts';

/** So much at a time that a record waits a few milliseconds for it at most. */
const notesAtOnce = 500;
const bytesAtOnce = 1_048_576;

/**
 * Leaves out checkpoints that are too close together for their age, of the database first: the file beside it may always
 * hold more. `step` does some of it and answers false when a whole round is done; the next call begins another.
 */
export function createThinning(
  database: DatabaseSync,
  checkpointsPath: string,
  now: () => number,
): { step(): boolean; close(): void } {
  let file: ReturnType<typeof thinFile> | undefined;
  let table: ReturnType<typeof thinTable> | undefined;
  return {
    step() {
      try {
        if (file !== undefined) {
          const isUnfinished = file.step();
          if (!isUnfinished) file = undefined;
          return isUnfinished;
        }
      } catch {
        // A disk without room for a copy, for one. The file stays as it is, with more in it, until the next round.
        file = undefined;
        return false;
      }
      table ??= thinTable(database, now());
      if (table.step()) return true;
      const { droppedUpTo } = table;
      table = undefined;
      if (droppedUpTo === 0 || !existsSync(checkpointsPath)) return false;
      const isStored = database.prepare('SELECT 1 FROM note WHERE seq = ?');
      file = thinFile(checkpointsPath, (size) => size > droppedUpTo || isStored.get(size) !== undefined);
      return true;
    },
    close: () => file?.close(),
  };
}

/** Goes through the stored notes from the oldest on, until they are so new that all stay. */
function thinTable(database: DatabaseSync, nowMs: number): { step(): boolean; readonly droppedUpTo: number } {
  const next = database.prepare(
    `SELECT note.seq AS seq, substr(audit.payload, 1, 300) AS beginning FROM note LEFT JOIN audit ON audit.seq = note.seq
     WHERE note.seq > ? ORDER BY note.seq LIMIT ?`,
  );
  const drop = database.prepare('DELETE FROM note WHERE seq = ?');
  let previous: { readonly seq: number; readonly period: string } | undefined;
  let droppedUpTo = 0;
  let at = 0;
  let isDone = false;
  return {
    get droppedUpTo() {
      return droppedUpTo;
    },
    step() {
      if (isDone) return false;
      const rows = next.all(at, notesAtOnce);
      isDone = rows.length < notesAtOnce;
      inTransaction(database, () => {
        for (const row of rows) {
          at = Number(row['seq']);
          const [, timeMs] = /"timeMs":(\d{1,15})/.exec(String(row['beginning'])) ?? [];
          // Of a record that isn't there nobody knows the time; its checkpoint is for the verifier to name.
          const period = timeMs === undefined ? String(at) : periodOf(Number(timeMs), nowMs);
          if (previous !== undefined && previous.period === period) {
            drop.run(previous.seq);
            droppedUpTo = previous.seq;
          }
          previous = period === null ? undefined : { seq: at, period };
          if (period !== null) continue;
          isDone = true;
          break;
        }
      });
      return !isDone;
    },
  };
}

/** Copies the notes that stay, then puts the copy in the file's place: whole or not at all. */
function thinFile(path: string, keeps: (size: number) => boolean): { step(): boolean; close(): void } {
  const unfinished = `${path}.thinned`;
  const from = openSync(path, 'r');
  const to = openSync(unfinished, 'w', fstatSync(from).mode & 0o777);
  const buffer = Buffer.alloc(bytesAtOnce);
  let rest = Buffer.alloc(0);
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    closeSync(from);
    closeSync(to);
    rmSync(unfinished, { force: true });
  };
  const copy = (bytes: Buffer): void => {
    const kept = splitNotes(bytes.toString('utf8')).filter((note) => keeps(claimedSize(note)));
    if (kept.length > 0) writeSync(to, kept.join(''));
  };
  return {
    step() {
      try {
        const length = readSync(from, buffer);
        const bytes = Buffer.concat([rest, buffer.subarray(0, length)]);
        if (length > 0) {
          // The last note goes on in what is read next.
          const lastBegins = bytes.lastIndexOf('\ncauseway/audit/') + 1;
          copy(bytes.subarray(0, lastBegins));
          rest = bytes.subarray(lastBegins);
          return true;
        }
        copy(bytes);
        fsyncSync(to);
        renameSync(unfinished, path);
      } catch (error) {
        close();
        throw error;
      }
      close();
      return false;
    },
    close,
  };
}
