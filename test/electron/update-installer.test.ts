import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const run = fileURLToPath(new URL('../support/update-installer/run.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-installer-'));
const cases = [
  'good',
  'waits',
  'quits',
  'older',
  'changed',
  'swapped',
  'swapped, then quits',
  'swapped while it closes',
  'gone',
] as const;

// electron-updater starts programs as this system does; its parts for Windows and macOS need these.
describe.runIf(process.platform === 'linux')('electron-updater, given a checked file and no network', () => {
  let outcomes: Record<string, { outcome: string; calls: string[]; lies: string }>;
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [run, folder, ...cases]);
    outcomes = JSON.parse(stdout) as typeof outcomes;
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each<[kind: (typeof cases)[number], outcome: string, calls: string[], lies: string, started: string | null]>([
    ['good', 'done', ['close app', 'release lock', 'quit'], 'new', 'runs on'],
    ['waits', 'done', [], 'old', null],
    ['quits', 'done', [], 'new', 'true'],
    ['older', 'install-failed', [], 'old', null],
    ['changed', 'wrong-hash', [], 'old', null],
    ['swapped', 'wrong-hash', [], 'old', null],
    ['swapped, then quits', 'wrong-hash', [], 'old', null],
    ['swapped while it closes', 'wrong-hash', ['close app', 'relaunch', 'quit'], 'old', null],
    ['gone', 'install-failed', ['close app', 'release lock', 'relaunch', 'quit'], 'none', null],
  ])('case %s: %s', async (kind, outcome, calls, lies, started) => {
    expect(outcomes[kind]).toEqual({ outcome, calls, lies });
    const mark = join(folder, kind, 'started');
    if (started === null) expect(existsSync(mark)).toBe(false);
    else await vi.waitFor(() => expect(readFileSync(mark, 'utf8')).toBe(started), { timeout: 30_000 });
  });
});
