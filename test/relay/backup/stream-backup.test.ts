import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearLeftBackup, streamBackups } from '../../../relay/backup/stream-backup.ts';

describe('what lies beside for a backup and can’t be taken away', () => {
  let base: string;
  let dataDir: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'causeway-stream-'));
    dataDir = join(base, 'data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'relay.json'), '{}');
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  /** Nothing below a file can be taken away, by root neither. */
  const breakFolder = (): void => {
    renameSync(dataDir, join(base, 'away'));
    writeFileSync(dataDir, '');
  };
  const mendFolder = (): void => {
    rmSync(dataDir);
    renameSync(join(base, 'away'), dataDir);
  };

  it('keeps neither the next backup nor the relay’s end', async () => {
    const backups = streamBackups();
    const of = { dataDir, version: '1', relayUrl: 'https://relay.example', keys: false, hasStorage: false };
    const first = await backups.begin(of);
    breakFolder();
    await expect(first.end()).rejects.toMatchObject({ code: 'ENOTDIR' });
    await backups.close();
    mendFolder();
    expect(existsSync(join(dataDir, 'backup-under-way'))).toBe(true);
    const next = await backups.begin(of);
    await next.end();
    expect(existsSync(join(dataDir, 'backup-under-way'))).toBe(false);
  });

  it('is told in the log when the relay starts, which it does', async () => {
    const lines: string[] = [];
    breakFolder();
    await clearLeftBackup(dataDir, pino({}, { write: (line: string) => void lines.push(line) }));
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ level: 40, msg: expect.stringContaining('backup-under-way can’t be taken away') }),
    ]);
    mendFolder();
  });
});
