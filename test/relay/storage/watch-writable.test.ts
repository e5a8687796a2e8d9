import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchWritable } from '../../../relay/storage/watch-writable.ts';
import { type OwnDisk, startOwnDisk, whyNoOwnDisk } from '../../support/own-disk.ts';

describe('a file’s disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-writable-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('takes writes, also where there is no such file', async () => {
    const path = join(folder, 'file');
    expect(await watchWritable(path)()).toBe(true);
    writeFileSync(path, '');
    const isWritable = watchWritable(path);
    expect(await Promise.all([isWritable(), isWritable()])).toEqual([true, true]);
  });
});

const reason = whyNoOwnDisk();
describe.skipIf(reason !== null)(`a disk that doesn’t answer${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let disk: OwnDisk;
  beforeAll(() => {
    disk = startOwnDisk();
  });
  afterAll(() => disk.close());

  it('is noticed without holding anything up, and takes writes again when it answers', async () => {
    const path = join(disk.folder, 'file');
    writeFileSync(path, '');
    const isWritable = watchWritable(path, 300);
    expect(await isWritable()).toBe(true);
    disk.freeze();
    try {
      let turns = 0;
      const counting = setInterval(() => (turns += 1), 20);
      expect(await Promise.all([isWritable(), isWritable()])).toEqual([false, false]);
      clearInterval(counting);
      expect(turns).toBeGreaterThan(3);
    } finally {
      disk.thaw();
    }
    await expect.poll(isWritable).toBe(true);
  });
});
