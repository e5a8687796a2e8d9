import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { keepSharedAudit } from '../../../relay/audit/shared/keep-shared.ts';
import { followWithIndex } from '../../../relay/audit/reading/follow-with-index.ts';
import { createThreadsBeside, type ThreadsBeside } from '../../../relay/programs/threads-beside.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

/** A PostgreSQL that isn’t there. */
const nowhere = {
  host: '127.0.0.1',
  port: 9,
  database: 'none',
  user: 'nobody',
  password: undefined,
  tls: null,
};

let beside: ThreadsBeside | undefined;
afterEach(() => beside?.close());

/** Processes below this one that run threads. */
function processes(): readonly number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => line.includes('threads-process'))
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === process.pid)
    .map(([pid]) => Number(pid));
}

it('runs a thread in another process, hears it and ends it', async () => {
  beside = createThreadsBeside();
  const thread = beside.start('index-thread', 'index', { dataDir: join(temporaryFolder(), 'missing'), everyMs: 20 });
  const heard = await new Promise((resolve) => thread.once('message', resolve));
  expect(heard).toMatch(/missing|unable to open/);
  expect(processes()).toHaveLength(1);
  expect(await thread.terminate()).toBe(1);
  await beside.close();
  expect(processes()).toEqual([]);
});

it('says of each thread that it ended when its process is killed, and starts the next one in another', async () => {
  beside = createThreadsBeside();
  const data = { dataDir: join(temporaryFolder(), 'missing'), everyMs: 20 };
  const threads = [beside.start('index-thread', 'one', data), beside.start('index-thread', 'other', data)];
  const told = threads.map(
    (thread) =>
      new Promise((resolve) => {
        const words: string[] = [];
        thread.on('error', (error: Error) => words.push(error.message));
        thread.on('exit', (code) => resolve([...words, code]));
      }),
  );
  await new Promise((resolve) => threads[0]?.once('message', resolve));
  const [pid = 0] = processes();
  process.kill(pid, 'SIGKILL');
  const words = ['The process of the thread ended (SIGKILL).', 1];
  expect(await Promise.all(told)).toEqual([words, words]);
  const next = beside.start('index-thread', 'index', data);
  await new Promise((resolve) => next.once('message', resolve));
  expect(processes()).not.toContain(pid);
});

it('ends a process that is frozen, so that nothing waits for its threads', async () => {
  beside = createThreadsBeside();
  const data = { dataDir: join(temporaryFolder(), 'missing'), everyMs: 20 };
  const thread = beside.start('index-thread', 'index', data);
  const failed = new Promise((resolve) => thread.once('error', resolve));
  await new Promise((resolve) => thread.once('message', resolve));
  const [pid = 0] = processes();
  process.kill(pid, 'SIGSTOP');
  expect(await thread.terminate()).toBe(1);
  expect(String(await failed)).toContain('SIGKILL');
  await expect.poll(processes).toEqual([]);
});

it('says that a thread failed for which there can be no process', async () => {
  // As where there is no memory for one: starting it throws.
  beside = createThreadsBeside(new URL('https://example.com/no-file'));
  const thread = beside.start('index-thread', 'index', {});
  const [error, code] = await Promise.all([
    new Promise((resolve) => thread.once('error', resolve)),
    new Promise((resolve) => thread.once('exit', resolve)),
  ]);
  expect([String(error), code]).toEqual([expect.stringContaining('must be of scheme file'), 1]);
});

/** What a log says, by its words. */
function heard(): { readonly told: string[]; readonly log: Logger } {
  const told: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void told.push(String(JSON.parse(line).msg)) });
  return { told, log };
}

it.each([
  [
    'the index',
    (log: Logger, start: ThreadsBeside['start']) =>
      followWithIndex(join(temporaryFolder(), 'missing'), log, { everyMs: 20, restartMs: 50, start }),
    'the index of the audit can’t be written',
    'the index of the audit isn’t kept for now; reading takes longer until it is again',
  ],
  [
    'the audit of all relays',
    (log: Logger, start: ThreadsBeside['start']) =>
      keepSharedAudit({ storage: nowhere, relay: 'relay-1', keepDays: 7 }, log, { everyMs: 20, restartMs: 50, start }),
    'the audit in PostgreSQL can’t be indexed, nor old days dropped',
    'the audit in PostgreSQL isn’t indexed, nor are old days dropped, until that begins again soon',
  ],
])('goes on with %s when the process that does it is killed, and says so', async (_what, begin, can, killed) => {
  const { told, log } = heard();
  beside = createThreadsBeside();
  const kept = begin(log, beside.start);
  await expect.poll(() => told).toContain(can);
  const [pid = 0] = processes();
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => told).toContain(killed);
  await expect.poll(() => told.lastIndexOf(can)).toBeGreaterThan(told.indexOf(killed));
  await kept.close();
});
