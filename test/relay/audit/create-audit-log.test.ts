import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import type { AuditWorkerData } from '../../../relay/audit/audit-messages.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import type { AppendAnswer, AppendRequest } from './append-to.ts';
import { append, decision, openAudit, outcome, temporaryFolder } from './audit-fixtures.ts';

const unavailable = { name: 'AccessError', code: 'audit-unavailable' };

function requestIds(dataDir: string): string[] {
  return queryAudit(dataDir, { limit: 1_000_000 })
    .map(({ record }) => ('requestId' in record ? record.requestId : record.type))
    .toReversed();
}

/** Starts writing threads that the test can stop, hold up and count. */
function watchedWorkers(): { readonly workers: Worker[]; readonly startWorker: (data: AuditWorkerData) => Worker } {
  const workers: Worker[] = [];
  const startWorker = (workerData: AuditWorkerData): Worker => {
    const url = new URL('../../../relay/audit/audit-worker.ts', import.meta.url);
    const worker = new Worker(url, { workerData, execArgv: [] });
    workers.push(worker);
    return worker;
  };
  return { workers, startWorker };
}

describe('an audit that can’t be written', () => {
  it('refuses a second relay on the same data folder, and lets it in once the first has closed', async () => {
    const dataDir = temporaryFolder();
    const first = await openAudit(dataDir);
    await expect(openAudit(dataDir)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/another relay already uses this data folder/),
    });
    expect(await append(first, decision('r1'))).toBeNull();
    await first.close();
    const second = await openAudit(dataDir);
    expect(await append(second, decision('r2'))).toBeNull();
  });

  it('refuses to start where the folder can’t be made', async () => {
    const file = join(temporaryFolder(), 'file');
    await (await openAudit(file)).close();
    await expect(openAudit(auditFiles(file).database)).rejects.toMatchObject(unavailable);
  });

  it('refuses records when the disk is full, keeps those written, and becomes unhealthy', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir, { maxPages: 40, checkpointEveryMs: 3_600_000, retryEveryMs: 3_600_000 });
    let written = 0;
    let error: Error | null = null;
    while (error === null && written < 10_000) {
      error = await append(audit, decision(`r${written}`));
      if (error === null) written += 1;
    }
    expect(error).toMatchObject({ ...unavailable, message: expect.stringMatching(/full/) });
    expect(audit.healthy).toBe(false);
    expect(await append(audit, decision('later'))).toMatchObject(unavailable);
    expect(requestIds(dataDir)).toEqual(Array.from({ length: written }, (_, index) => `r${index}`));
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: written });
  });

  it('refuses records when its database is removed, and recovers by itself with a record of the gap', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir, { retryEveryMs: 20 });
    expect(await append(audit, decision('before'))).toBeNull();
    const { database } = auditFiles(dataDir);
    renameSync(database, `${database}.away`);
    mkdirSync(database);
    expect(await append(audit, decision('lost'))).toMatchObject(unavailable);
    expect(audit.healthy).toBe(false);
    rmSync(database, { recursive: true });
    renameSync(`${database}.away`, database);
    await vi.waitUntil(() => audit.healthy, { timeout: 30_000 });
    expect(await append(audit, decision('after'))).toBeNull();
    expect(requestIds(dataDir)).toEqual(['before', 'relay', 'after']);
    expect(queryAudit(dataDir, { limit: 2 })[1]?.record).toMatchObject({
      type: 'relay',
      event: 'audit-recovered',
      detail: expect.stringMatching(/1 records? (was|were) refused/),
    });
    await audit.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 3 });
  });

  it('refuses waiting records when its thread dies, and goes on with a new one', async () => {
    const dataDir = temporaryFolder();
    const { workers, startWorker } = watchedWorkers();
    const audit = await openAudit(dataDir, { startWorker, retryEveryMs: 20 });
    expect(await append(audit, decision('before'))).toBeNull();
    const waiting = append(audit, decision('waiting'));
    await workers[0]?.terminate();
    // Either it got to the disk before the thread ended or it was refused: never neither.
    const toldWritten = (await waiting) === null;
    expect(audit.healthy).toBe(false);
    expect(await append(audit, decision('meanwhile'))).toMatchObject(unavailable);
    await vi.waitUntil(() => audit.healthy, { timeout: 30_000 });
    expect(workers).toHaveLength(2);
    expect(await append(audit, decision('after'))).toBeNull();
    const ids = requestIds(dataDir);
    if (toldWritten) expect(ids).toContain('waiting');
    expect(ids.filter((id) => id !== 'waiting')).toEqual(['before', 'after']);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok' });
  });

  it('refuses further records while too many wait for a slow disk, and keeps the order of the others', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir, { maxQueuedRecords: 100 });
    const results = await Promise.all(Array.from({ length: 150 }, (_, index) => append(audit, decision(`r${index}`))));
    expect(results.map((error) => error === null)).toEqual(results.map((_, index) => index < 100));
    expect(results[149]).toMatchObject(unavailable);
    expect(audit.healthy).toBe(true);
    expect(await append(audit, decision('r150'))).toBeNull();
    expect(requestIds(dataDir)).toEqual([...Array.from({ length: 100 }, (_, index) => `r${index}`), 'r150']);
  });

  it('refuses records by their bytes as well', async () => {
    const audit = await openAudit(temporaryFolder(), { maxQueuedBytes: 10_000 });
    const large = decision('large', { reason: 'x'.repeat(20_000) });
    const [first, second] = await Promise.all([append(audit, large), append(audit, decision('small'))]);
    expect(first).toBeNull();
    expect(second).toMatchObject(unavailable);
  });

  it('refuses waiting records when the disk doesn’t answer in time, and recovers when it does', async () => {
    const dataDir = temporaryFolder();
    // A thread whose answers the test holds back stands for a disk that hangs.
    const held: (() => void)[] = [];
    let holding = false;
    const startWorker = (workerData: AuditWorkerData): Worker => {
      const worker = new Worker(new URL('../../../relay/audit/audit-worker.ts', import.meta.url), {
        workerData,
        execArgv: [],
      });
      const on = worker.on.bind(worker);
      worker.on = ((event: string, listener: (message: unknown) => void) =>
        on(
          event,
          event !== 'message'
            ? listener
            : (message: unknown) => (holding ? held.push(() => listener(message)) : listener(message)),
        )) as Worker['on'];
      return worker;
    };
    const audit = await openAudit(dataDir, { startWorker, stallMs: 500 });
    holding = true;
    expect(await append(audit, decision('hangs'))).toMatchObject(unavailable);
    expect(audit.healthy).toBe(false);
    holding = false;
    for (const release of held) release();
    expect(audit.healthy).toBe(true);
    expect(await append(audit, decision('after'))).toBeNull();
  });

  it('refuses records after it was closed', async () => {
    const audit = await openAudit(temporaryFolder());
    await audit.close();
    expect(audit.healthy).toBe(false);
    expect(await append(audit, decision('late'))).toMatchObject(unavailable);
  });
});

// Windows knows neither these users nor these modes.
describe.runIf(process.platform !== 'win32')('an audit under other rights and limits', () => {
  const root = process.getuid?.() === 0;

  async function startChild(asOther: boolean): Promise<{
    child: ChildProcess;
    ask: (request: AppendRequest) => Promise<AppendAnswer>;
  }> {
    const child = fork(new URL('./append-to.ts', import.meta.url), {
      execArgv: [],
      // Root may write everywhere; another user may not.
      ...(root && asOther ? { uid: 65_534, gid: 65_534 } : {}),
    });
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const didExit = once(child, 'exit');
      child.disconnect();
      await didExit;
    });
    const ask = async (request: AppendRequest): Promise<AppendAnswer> => {
      child.send(request);
      const [answer] = (await once(child, 'message')) as [AppendAnswer];
      return answer;
    };
    return { child, ask };
  }

  function openFolder(): string {
    const dataDir = temporaryFolder();
    chmodSync(dataDir, 0o777);
    return dataDir;
  }

  it('refuses to start in a read-only folder', async () => {
    const dataDir = openFolder();
    chmodSync(dataDir, 0o555);
    const { ask } = await startChild(true);
    expect(await ask({ type: 'open', dataDir })).toMatchObject({ code: 'audit-unavailable' });
  });

  it('refuses to start on a read-only database', async () => {
    const dataDir = openFolder();
    await (await openAudit(dataDir)).close();
    chmodSync(auditFiles(dataDir).database, 0o444);
    const { ask } = await startChild(true);
    expect(await ask({ type: 'open', dataDir })).toMatchObject({ code: 'audit-unavailable' });
  });

  it.runIf(process.platform === 'linux')(
    'refuses records while writes fail with an I/O error, and recovers when they work again',
    async () => {
      const dataDir = openFolder();
      const { child, ask } = await startChild(false);
      expect(await ask({ type: 'open', dataDir })).toMatchObject({ code: null, healthy: true });
      expect(await ask({ type: 'append', record: decision('before') })).toMatchObject({ code: null });
      // A limit of the file size makes each write beyond it fail in the kernel.
      const limit = (size: string): void => {
        expect(spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${size}`]).status).toBe(0);
      };
      limit('16384:');
      const failed = await ask({ type: 'append', record: decision('lost', { reason: 'x'.repeat(20_000) }) });
      expect(failed).toMatchObject({
        code: 'audit-unavailable',
        message: expect.stringMatching(/I\/O error|full/),
        healthy: false,
      });
      limit('unlimited:');
      await vi.waitUntil(async () => (await ask({ type: 'append', record: decision('after') })).code === null, {
        timeout: 30_000,
      });
      child.disconnect();
      await once(child, 'exit');
      expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok' });
      expect([...new Set(requestIds(dataDir))]).toEqual(['before', 'relay', 'after']);
    },
  );

  describe.runIf(process.platform === 'linux').each(['room', 'file handle'])('with no %s for a longer log', (what) => {
    it('goes on, and gives back what it has taken of the room', async () => {
      const dataDir = openFolder();
      const { child, ask } = await startChild(false);
      expect(await ask({ type: 'open', dataDir })).toMatchObject({ code: null, healthy: true });
      expect(await ask({ type: 'append', record: decision('before') })).toMatchObject({ code: null });
      const logBytes = (): number => statSync(`${auditFiles(dataDir).database}-wal`).size;
      const mostBytes = logBytes() + 500_000;
      const limit = what === 'room' ? `--fsize=${mostBytes}:` : '--nofile=3:';
      expect(spawnSync('prlimit', ['--pid', String(child.pid), limit]).status).toBe(0);
      // The first attempt comes a second after the start.
      const untilMs = Date.now() + 2500;
      let count = 0;
      for (; Date.now() < untilMs; count += 1) {
        expect(await ask({ type: 'append', record: decision(`r${count}`) })).toMatchObject({ code: null });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(logBytes()).toBeLessThan(mostBytes);
      child.disconnect();
      await once(child, 'exit');
      expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: count + 1 });
    });
  });

  it('has every record after a crash, also those over the zeros that the log was lengthened with', async () => {
    const dataDir = openFolder();
    const { child, ask } = await startChild(false);
    expect(await ask({ type: 'open', dataDir })).toMatchObject({ code: null, healthy: true });
    expect(await ask({ type: 'append', record: decision('before') })).toMatchObject({ code: null });
    const logBytes = (): number => statSync(`${auditFiles(dataDir).database}-wal`).size;
    await vi.waitUntil(() => logBytes() === 32 + 8000 * 4120, { timeout: 30_000 });
    const ids = Array.from({ length: 40 }, (_, index) => `r${index}`);
    for (const id of ids) expect(await ask({ type: 'append', record: decision(id) })).toMatchObject({ code: null });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(logBytes()).toBe(32 + 8000 * 4120);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 41 });
    const audit = await openAudit(dataDir);
    expect(await append(audit, decision('after'))).toBeNull();
    expect(requestIds(dataDir)).toEqual(['before', ...ids, 'after']);
    await audit.close();
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 42 });
  });
});

describe('an audit that works', () => {
  it('tells of each record once it is on disk, in order, over several event-loop turns and a restart', async () => {
    const dataDir = temporaryFolder();
    const told: string[] = [];
    for (const run of ['a', 'b']) {
      const audit = await openAudit(dataDir);
      const appended: Promise<unknown>[] = [];
      for (let i = 0; i < 500; i += 1) {
        const id = `${run}${i}`;
        appended.push(
          new Promise((resolve) => audit.append(decision(id), (error) => resolve(error === null && told.push(id)))),
        );
        if (i % 100 === 0) await new Promise(setImmediate);
      }
      await Promise.all(appended);
      expect(requestIds(dataDir)).toEqual(told);
      await audit.close();
    }
    expect(told).toHaveLength(1000);
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 1000, signedUpTo: 1000 });
  });

  it('writes what is queued before it closes', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const results = Array.from({ length: 50 }, (_, index) => append(audit, decision(`r${index}`)));
    await audit.close();
    expect(await Promise.all(results)).toEqual(Array.from({ length: 50 }, () => null));
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok', records: 50 });
  });

  it('keeps line breaks, quotes and every script as they came', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const reason = 'a\nb "c" \u0000 \u2028 日本 😀 \ud800';
    await append(audit, decision('r1', { reason }));
    expect(queryAudit(dataDir, { limit: 1 })[0]?.record).toMatchObject({ reason });
    expect(verifyAudit(dataDir)).toMatchObject({ status: 'ok' });
  });

  it('makes every file readable for its owner only', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const audit = await openAudit(dataDir, { checkpointEveryRecords: 1 });
    await append(audit, decision('r1'));
    await append(audit, decision('r2'));
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    const { database, checkpoints, signingKey } = auditFiles(dataDir);
    for (const file of [database, `${database}-wal`, checkpoints, signingKey])
      expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(checkpoints, 'utf8')).toMatch(/^causeway\/audit\/[0-9a-f]{16}\n1\n/);
  });
});

describe('a query', () => {
  it('finds by user, API, effect and time, newest first, each decision with its outcome', async () => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const caller = {
      issuer: 'i',
      subject: 'subject-bob',
      username: 'bob',
      groups: [],
      sessionId: 's',
      device: 'd',
      remoteAddress: 'a',
    };
    await Promise.all([
      append(audit, decision('r1', { timeMs: 1000 })),
      append(audit, decision('r2', { timeMs: 2000, api: 'payroll', effect: 'deny', rule: null })),
      append(audit, outcome('r1', 201)),
      append(audit, decision('r3', { timeMs: 3000, caller })),
      append(audit, outcome('r3', 404)),
      append(audit, { type: 'relay', timeMs: 4000, event: 'started', detail: '' }),
    ]);
    const ids = (query: object): unknown[] =>
      queryAudit(dataDir, { limit: 10, ...query }).map(({ record, outcome: found }) => [
        'requestId' in record ? record.requestId : record.type,
        found?.status ?? null,
      ]);
    expect(ids({})).toEqual([
      ['relay', null],
      ['r3', 404],
      ['r2', null],
      ['r1', 201],
    ]);
    expect(ids({ user: 'bob' })).toEqual([['r3', 404]]);
    expect(ids({ user: 'subject-bob' })).toEqual([['r3', 404]]);
    expect(ids({ user: "' OR 1=1 --" })).toEqual([]);
    expect(ids({ api: 'orders' })).toEqual([
      ['r3', 404],
      ['r1', 201],
    ]);
    expect(ids({ effect: 'deny' })).toEqual([['r2', null]]);
    expect(ids({ sinceMs: 2000, limit: 2 })).toEqual([
      ['relay', null],
      ['r3', 404],
    ]);
  });

  it('says so when the folder holds no audit', () => {
    expect(() => queryAudit(temporaryFolder(), { limit: 1 })).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});
