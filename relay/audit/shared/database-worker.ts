import { createPrivateKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { AuditWorkerData, FromAuditWorker, KeyToReplace, ToAuditWorker } from '../audit-messages.ts';
import { auditFiles } from '../audit-files.ts';
import { type FolderLock, lockFolder } from '../folder-lock.ts';
import { gapRecord } from '../gap-record.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { type DatabaseLog, openDatabaseLog } from './database-log.ts';
import { type DatabaseSealer, openDatabaseSealer } from './database-sealer.ts';
import { type LocalCopy, openLocalCopy } from './local-copy.ts';

/** What the thread is started with, besides what each audit's thread is. */
export interface DatabaseWorkerData extends AuditWorkerData {
  readonly storage: PostgresSettings;
  readonly relay: string;
  /** PEM. */
  readonly signingKey: string;
}

const maxRecordsPerCommit = 20_000;
/** PostgreSQL that doesn't answer for so long counts as away. */
const statementMs = 5000;
/** What a relay that was killed a moment ago held is free once PostgreSQL has noticed. */
const patienceMs = 5000;
const pauseMs = 100;

/**
 * The audit's writing thread for a relay without a lasting disk: one commit in PostgreSQL for all that waits, then the
 * answers. After a failure the log is opened anew, and begins with a record about the gap. All that touches the log goes
 * one after the other.
 */
async function runWorker(port: NonNullable<typeof parentPort>, data: DatabaseWorkerData): Promise<void> {
  const say = (message: FromAuditWorker): void => port.postMessage(message);
  const files = auditFiles(data.dataDir);
  let key = createPrivateKey(data.signingKey);
  let laterKeys = (data.laterKeys ?? []).map((pem) => createPrivateKey(pem));
  const open = async (): Promise<DatabaseLog> => {
    const opened = await openDatabaseLog({ ...data, key, laterKeys, statementMs });
    ({ key } = opened);
    laterKeys = [];
    return opened;
  };
  const waiting: Extract<ToAuditWorker, { type: 'write' }>[] = [];
  let log: DatabaseLog | undefined;
  let sealer: DatabaseSealer | undefined;
  const openSealer = (): Promise<DatabaseSealer> =>
    openDatabaseSealer({ ...data, path: files.keys, settings: data.sealing, statementMs });
  let copy: LocalCopy | undefined;
  let failure: { readonly sinceMs: number; reason: string; lost: number; triedAtMs: number } | undefined;
  let unsigned = 0;
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): void => {
    turn = turn.then(work);
  };

  const fail = async (error: unknown, lost: number): Promise<string> => {
    const reason = error instanceof Error ? error.message || String(error) : String(error);
    await log?.close();
    await sealer?.close();
    log = undefined;
    sealer = undefined;
    failure ??= { sinceMs: Date.now(), reason, lost: 0, triedAtMs: 0 };
    failure.reason = reason;
    failure.lost += lost;
    failure.triedAtMs = Date.now();
    return reason;
  };

  const write = async (lines: readonly string[]): Promise<boolean> => {
    if (failure !== undefined && lines.length > 0 && Date.now() - failure.triedAtMs < data.retryEveryMs) {
      failure.lost += lines.length;
      return false;
    }
    try {
      if (log === undefined) {
        log = await open();
        if (log.warning !== null) say({ type: 'warning', reason: log.warning });
        await copy?.catchUp(log);
      }
      sealer ??= await openSealer();
      const sealed = await sealer.seal(lines);
      const all = failure === undefined ? sealed : [gapRecord(failure), ...sealed];
      const from = log.size + 1;
      if (all.length > 0) await log.write(all);
      copy?.write(from, all);
    } catch (error) {
      await fail(error, lines.length);
      return false;
    }
    if (failure !== undefined) say({ type: 'recovered', lostRecords: failure.lost });
    failure = undefined;
    return true;
  };

  const attempt = async (act: (open: DatabaseLog) => Promise<void>): Promise<void> => {
    if (log === undefined || failure !== undefined) return;
    const from = log.size + 1;
    try {
      await act(log);
      if (log.size >= from) await copy?.catchUp(log);
    } catch (error) {
      say({ type: 'failed', upToBatch: 0, reason: await fail(error, 0) });
    }
  };
  const sign = async (): Promise<void> => {
    unsigned = 0;
    await attempt((open) => open.checkpoint());
  };
  const dropOldKeys = (): Promise<void> =>
    attempt(async () => {
      sealer ??= await openSealer();
      sealer.dropOldDays(Date.now());
    });
  const replaceKey = async ({ why, key: pem }: KeyToReplace): Promise<void> => {
    if (pem === undefined)
      return say({ type: 'key-kept', reason: '“audit.signing_key” names it: put another one in that file’s place' });
    const next = createPrivateKey(pem);
    let verifierKey: string | undefined;
    await attempt(async (open) => {
      // PostgreSQL may have it although its answer is lost.
      laterKeys = [next];
      verifierKey = await open.replaceKey(next, why);
      key = next;
      laterKeys = [];
    });
    if (verifierKey !== undefined) say({ type: 'key-replaced', verifierKey });
    else say({ type: 'key-kept', reason: failure?.reason ?? 'the audit can’t be written' });
  };
  const cut = (keepDays: number): Promise<void> =>
    attempt(async (open) => {
      const upTo = await open.cutDays(keepDays);
      if (upTo !== undefined) say({ type: 'cut', upTo });
    });

  const drain = async (): Promise<void> => {
    const lines: string[] = [];
    let upToBatch = 0;
    while (lines.length < maxRecordsPerCommit) {
      const message = waiting.shift();
      if (message === undefined) break;
      upToBatch = message.batch;
      for (const line of message.lines.split('\n')) lines.push(line);
    }
    if (lines.length === 0) return;
    if (await write(lines)) say({ type: 'written', upToBatch });
    else say({ type: 'failed', upToBatch, reason: failure?.reason ?? 'unknown' });
    unsigned += lines.length;
    if (unsigned >= data.checkpointEveryRecords) await sign();
  };

  const timers = [
    setInterval(() => inTurn(sign), data.checkpointEveryMs),
    setInterval(() => inTurn(async () => void (failure !== undefined && (await write([])))), data.retryEveryMs),
  ];
  if (data.sealing?.refusedDays !== undefined) timers.push(setInterval(() => inTurn(dropOldKeys), data.cutEveryMs));
  const { keepDays } = data;
  if (keepDays !== undefined) timers.push(setInterval(() => inTurn(() => cut(keepDays)), data.cutEveryMs));
  const stopTimers = (): void => timers.forEach((timer) => clearInterval(timer));

  let lock: FolderLock | undefined;
  try {
    lock = lockFolder(files.lock);
    log = await patiently(open);
    sealer = await openSealer();
    copy = await openLocalCopy(data.dataDir, log, (reason) => say({ type: 'warning', reason }));
    say({ type: 'opened', seq: log.size, warning: log.warning });
  } catch (error) {
    stopTimers();
    await log?.close();
    await sealer?.close();
    lock?.close();
    say({ type: 'refused', reason: error instanceof Error ? error.message || String(error) : String(error) });
    port.close();
    return;
  }

  port.on('message', (message: ToAuditWorker | KeyToReplace) => {
    if (message.type === 'write') {
      waiting.push(message);
      return inTurn(drain);
    }
    if (message.type === 'replace-key') return inTurn(() => replaceKey(message));
    inTurn(async () => {
      stopTimers();
      await sign();
      await log?.close();
      await sealer?.close();
      copy?.close();
      lock.close();
      say({ type: 'closed' });
      port.close();
    });
  });
}

async function patiently(open: () => Promise<DatabaseLog>): Promise<DatabaseLog> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (performance.now() >= endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

if (parentPort === null) throw new Error('database-worker.ts runs only as a worker thread.');
void runWorker(parentPort, workerData as DatabaseWorkerData);
