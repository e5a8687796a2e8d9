import { generateKeyPairSync } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appendNote, mendCheckpointFile, shortenCheckpointFile } from '../../../relay/audit/checkpoint-file.ts';
import { signCheckpoint } from '../../../relay/audit/checkpoint-note.ts';
import { onlyKey } from '../../../relay/audit/log-keys.ts';
import { temporaryFolder } from './audit-fixtures.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys = onlyKey(publicKey);
const other = generateKeyPairSync('ed25519').privateKey;
const note = (size: number, key = privateKey): string => signCheckpoint({ size, hash: Buffer.alloc(32, size) }, key);
const path = (): string => join(temporaryFolder(), 'audit-checkpoints.log');

describe('a file that lacks the last stored note', () => {
  it.each<[what: string, before: string | null, after: string]>([
    ['because there is none', null, note(9)],
    ['because it is empty', '', note(9)],
    ['altogether', note(7) + note(8), note(7) + note(8) + note(9)],
    ['but its first letter', `${note(8)}c`, note(8) + note(9)],
    ['but all of it save its end', note(8) + note(9).slice(0, -1), note(8) + note(9)],
    ['and has another relay’s of as many', note(9, other), note(9, other) + note(9)],
    ['and has something else at its end', `${note(8)}torn`, `${note(8)}torn${note(9)}`],
    ['and is long', note(8).repeat(100), note(8).repeat(100) + note(9)],
  ])('%s, gets it', (_what, before, after) => {
    const file = path();
    if (before !== null) writeFileSync(file, before);
    expect(mendCheckpointFile(file, 9, note(9), keys)).toBe(9);
    expect(readFileSync(file, 'utf8')).toBe(after);
  });

  it.each<[before: string, last: number]>([
    [note(9), 9],
    [note(8) + note(10), 10],
    [note(10) + note(8), 10],
    [`${note(9)}torn`, 0],
  ])('is left alone when it has it, or more', (before, last) => {
    const file = path();
    writeFileSync(file, before);
    const stored = last === 0 ? 0 : 9;
    expect(mendCheckpointFile(file, stored, note(9), keys)).toBe(last);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

it('a note is appended to a file that its owner alone may read', () => {
  const file = path();
  appendNote(file, note(1));
  appendNote(file, note(2));
  expect(readFileSync(file, 'utf8')).toBe(note(1) + note(2));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('a file is shortened by the notes whose records are gone, and no file is made', () => {
  const file = path();
  shortenCheckpointFile(file, 8);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, note(7) + note(8) + note(9));
  shortenCheckpointFile(file, 8);
  expect(readFileSync(file, 'utf8')).toBe(note(8) + note(9));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('no file stays open, however often notes come', () => {
  const file = path();
  // The lowest free number: a few may go to others meanwhile.
  const nextNumber = (): number => {
    const opened = openSync(import.meta.filename, 'r');
    closeSync(opened);
    return opened;
  };
  appendNote(file, note(1));
  const before = nextNumber();
  for (let count = 2; count < 52; count += 1) appendNote(file, note(count));
  for (let count = 52; count < 102; count += 1) mendCheckpointFile(file, 51, note(51), keys);
  expect(nextNumber() - before).toBeLessThan(40);
});
