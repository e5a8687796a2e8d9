import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileTarget } from '../../../relay/sinks/file-target.ts';
import type { SinkPlace } from '../../../relay/sinks/sink-settings.ts';
import { openAudit, temporaryFolder } from '../audit/audit-fixtures.ts';
import { appendDecisions, filePlace, openSink, sinkSettings, upTo } from './sinks-world.ts';

function seqsIn(path: string): number[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => (JSON.parse(line) as { readonly seq: number }).seq);
}

/** A disk of 64 kB; containers often may not mount one. */
function mountSmallDisk(folder: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder]).status === 0;
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-mount-'));
  const isMounted = mountSmallDisk(folder);
  if (isMounted) spawnSync('umount', ['-l', folder]);
  rmdirSync(folder);
  return isMounted;
}

describe('a file', () => {
  it('holds each record on a line of its own, and is for the relay’s user and group only', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const path = join(temporaryFolder(), 'audit.jsonl');
    await appendDecisions(audit, 3);
    const sink = openSink(dataDir, sinkSettings(filePlace(path)));
    await sink.until(({ seq }) => seq === 3);
    expect(seqsIn(path)).toEqual([1, 2, 3]);
    const [line = ''] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({
      log: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      seq: 1,
      record: { requestId: 'r1' },
    });
    expect(statSync(path).mode & 0o137).toBe(0);
  });

  it.each<[string, (path: string) => void, (path: string) => void, RegExp]>([
    ['its folder is missing', () => undefined, (path) => mkdirSync(join(path, '..')), /ENOENT/],
    [
      'it is a folder',
      (path) => mkdirSync(path, { recursive: true }),
      (path) => rmSync(path, { recursive: true }),
      /EISDIR/,
    ],
    [
      'it is a pipe',
      (path) => {
        mkdirSync(join(path, '..'));
        spawnSync('mkfifo', [path]);
      },
      (path) => rmSync(path),
      /regular file/,
    ],
  ])('gets everything later when %s', async (_, spoil, mend, reason) => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const path = join(temporaryFolder(), 'logs', 'audit.jsonl');
    spoil(path);
    await appendDecisions(audit, 3);
    const sink = openSink(dataDir, sinkSettings(filePlace(path)));
    expect(await sink.until(({ attempts }) => attempts > 1)).toMatchObject({
      seq: 0,
      error: expect.stringMatching(reason) as string,
    });
    mend(path);
    await sink.until(({ seq }) => seq === 3);
    expect(seqsIn(path)).toEqual([1, 2, 3]);
  });

  it('goes on in a new one when somebody moved or removed it', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const path = join(temporaryFolder(), 'audit.jsonl');
    const sink = openSink(dataDir, sinkSettings(filePlace(path)));
    await appendDecisions(audit, 2);
    await sink.until(({ seq }) => seq === 2);
    renameSync(path, `${path}.moved`);
    await appendDecisions(audit, 2);
    await sink.until(({ seq }) => seq === 4);
    rmSync(path);
    await appendDecisions(audit, 1);
    await sink.until(({ seq }) => seq === 5);
    expect([seqsIn(`${path}.moved`), seqsIn(path)]).toEqual([[1, 2], [5]]);
  });

  it('that a killed relay left with half a line gets that line again, whole', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const path = join(temporaryFolder(), 'audit.jsonl');
    await appendDecisions(audit, 2);
    const sink = openSink(dataDir, sinkSettings(filePlace(path)));
    await sink.until(({ seq }) => seq === 2);
    await sink.stop();
    appendFileSync(path, `{"log":"0a","seq":3,"record":{"type":"${'x'.repeat(200_000)}`);
    await appendDecisions(audit, 1);
    await openSink(dataDir, sinkSettings(filePlace(path))).until(({ seq }) => seq === 3);
    expect(seqsIn(path)).toEqual([1, 2, 3]);
  });

  it('is rotated by size, and no more than the files to keep are kept', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const folder = temporaryFolder();
    const path = join(folder, 'audit.jsonl');
    await appendDecisions(audit, 60);
    const sink = openSink(dataDir, sinkSettings(filePlace(path, { rotateBytes: 2000, keep: 3 }), { batchRecords: 10 }));
    await sink.until(({ seq }) => seq === 60);
    expect(readdirSync(folder).toSorted()).toEqual(['audit.jsonl', 'audit.jsonl.1', 'audit.jsonl.2', 'audit.jsonl.3']);
    const rest = [3, 2, 1].flatMap((number) => seqsIn(`${path}.${number}`));
    expect([...rest, ...seqsIn(path)]).toEqual(upTo(60).slice(20));
  });

  it('is rotated by age', async () => {
    const path = join(temporaryFolder(), 'audit.jsonl');
    const target = createFileTarget({ ...filePlace(path), rotateMs: 1 } as Extract<SinkPlace, { kind: 'file' }>);
    const batch = (seq: number) => ({
      id: '',
      log: '0a',
      records: [{ seq, payload: '{}' }],
      after: seq - 1,
      upTo: seq,
    });
    const { signal } = new AbortController();
    expect(await target.send(batch(1), signal)).toEqual({ status: 'delivered' });
    while (Date.now() - statSync(path).birthtimeMs < 2) await new Promise(setImmediate);
    expect(await target.send(batch(2), signal)).toEqual({ status: 'delivered' });
    await target.close();
    expect([seqsIn(`${path}.1`), seqsIn(path)]).toEqual([[1], [2]]);
  });

  it.runIf(canMount())('on a full disk takes no half record, and all of them once there is room', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const disk = temporaryFolder();
    mountSmallDisk(disk);
    try {
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(48_000));
      const path = join(disk, 'audit.jsonl');
      await appendDecisions(audit, 60);
      const sink = openSink(dataDir, sinkSettings(filePlace(path)));
      const { error } = await sink.until(({ attempts }) => attempts > 1);
      expect(error).toMatch(/ENOSPC/);
      expect(readFileSync(path, 'utf8')).toBe('');
      rmSync(join(disk, 'ballast'));
      await sink.until(({ seq }) => seq === 60);
      await sink.stop();
      expect(seqsIn(path)).toEqual(upTo(60));
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });
});
