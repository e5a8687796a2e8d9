import { appendFileSync, closeSync, existsSync, fstatSync, fsyncSync, openSync, readFileSync, readSync } from 'node:fs';
import { makePrivateFile } from '../storage/make-private-file.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import { claimedSize, splitNotes } from './checkpoint-note.ts';
import { type LogKeys, openLogCheckpoint } from './log-keys.ts';

/**
 * A crash between commit and append leaves the last stored note out of the file, or only its beginning in it; that is
 * made good. Anything else is left as it is, for the verifier to name. Answers the last record signed in the file.
 */
export function mendCheckpointFile(path: string, storedSeq: number, storedNote: string, keys: LogKeys): number {
  const end = existsSync(path) ? readEnd(path) : '';
  const seqs = splitNotes(end).map((note) => openLogCheckpoint(note, keys)?.size ?? 0);
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

/** Appends a note and flushes it. */
export function appendNote(path: string, note: string): void {
  if (!existsSync(path)) makePrivateFile(path);
  const file = openSync(path, 'a', 0o600);
  try {
    appendFileSync(file, note);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Leaves out the notes for fewer than `size` records, whose records are gone; the file is replaced at once. */
export function shortenCheckpointFile(path: string, size: number): void {
  if (!existsSync(path)) return;
  const notes = splitNotes(readFileSync(path, 'utf8'));
  writePrivateFile(path, notes.filter((note) => claimedSize(note) >= size).join(''));
}
