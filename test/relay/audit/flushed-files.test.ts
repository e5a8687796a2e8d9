import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type * as nodeFs from 'node:fs';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { appendNote, mendCheckpointFile, shortenCheckpointFile } from '../../../relay/audit/checkpoint-file.ts';
import { signCheckpoint, splitNotes } from '../../../relay/audit/checkpoint-note.ts';
import { onlyKey } from '../../../relay/audit/log-keys.ts';
import { temporaryFolder } from './audit-fixtures.ts';

/** What was done to files, in its order: a file is on the disk only once it was flushed. */
const done: string[] = [];
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof nodeFs>();
  const noted =
    <Arguments extends unknown[], Result>(name: string, call: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      done.push(name);
      return call(...given);
    };
  return {
    ...fs,
    appendFileSync: noted('append', fs.appendFileSync),
    writeSync: noted('write', fs.writeSync as (...given: unknown[]) => number),
    fsyncSync: noted('flush', fs.fsyncSync),
    closeSync(handle: number) {
      // Root holds the folder open, too, in which it makes a file.
      if (!fs.fstatSync(handle).isDirectory()) done.push('close');
      fs.closeSync(handle);
    },
    renameSync: noted('rename', fs.renameSync),
  };
});

const { privateKey: key } = generateKeyPairSync('ed25519');
const noteOf = (size: number): string => signCheckpoint({ size, hash: Buffer.alloc(32, size) }, key);

describe('the file of checkpoints', () => {
  let path: string;
  beforeEach(() => {
    path = join(temporaryFolder(), 'checkpoints');
    writeFileSync(path, noteOf(1));
    done.length = 0;
  });

  it.each<[what: string, work: () => void, steps: readonly string[], notes: number]>([
    ['gets a note', () => appendNote(path, noteOf(2)), ['append', 'flush', 'close'], 2],
    [
      'gets a note that a crash left out',
      () => mendCheckpointFile(path, 2, noteOf(2), onlyKey(createPublicKey(key))),
      ['close', 'append', 'flush', 'close'],
      2,
    ],
    ['loses notes of what was cut', () => shortenCheckpointFile(path, 2), ['write', 'flush', 'close', 'rename'], 0],
  ])('%s, flushed before anybody goes on', (_what, work, steps, notes) => {
    work();
    expect(done).toEqual(steps);
    expect(splitNotes(readFileSync(path, 'utf8'))).toHaveLength(notes);
  });
});
