import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { auditLine } from './audit-line.ts';
import type { AuditWorkerData, FromAuditWorker, KeyToReplace, ToAuditWorker } from './audit-messages.ts';
import type { AuditLog, AuditRecord, QueueCounts } from './audit-record.ts';
import type { FolderHolder } from './folder-lock.ts';
import { type Done, gatherBehind, nothingGathered } from './gathered-records.ts';
import type { SealingSettings } from './keys/key-store.ts';
import { programFile } from '../programs/program-file.ts';
import { makePrivateFolder } from '../storage/give-to-owner.ts';

/** Settings of {@link createAuditLog}; all but the first two have defaults that suit production. */
export interface AuditLogOptions {
  readonly dataDir: string;
  readonly log: Logger;
  /** Who holds the folder: a relay that starts waits for a command, and for no other relay. Default `relay`. */
  readonly holder?: FolderHolder;
  /** Limits of what may wait for the disk; beyond them records are refused. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  /** Longest wait for the disk before waiting records are refused. */
  readonly stallMs?: number;
  readonly checkpointEveryMs?: number;
  readonly checkpointEveryRecords?: number;
  readonly retryEveryMs?: number;
  /** Largest size of the database in pages of 4,096 bytes; for tests of a full disk. */
  readonly maxPages?: number;
  /** How many days of records stay; without it all do. */
  readonly keepDays?: number | undefined;
  /** Names of the sinks that must have a record before it may go. */
  readonly sinks?: readonly string[];
  /** What is sealed, to be erased later; without it, what was when a relay wrote to the folder last. */
  readonly sealing?: SealingSettings;
  readonly cutEveryMs?: number;
  /** What records wait for, in words. */
  readonly place?: string;
  /** Starts another writing thread than the one that writes to the data folder. */
  readonly startWorker?: (data: AuditWorkerData) => Worker;
}

const maxBatchesUnderWay = 2;

interface Batch {
  readonly id: number;
  readonly dones: readonly Done[];
  readonly bytes: number;
  readonly sentAtMs: number;
}

function startAuditWorker(workerData: AuditWorkerData): Worker {
  return new Worker(programFile('audit-worker'), { workerData, execArgv: [], name: 'audit' });
}

function unavailable(reason: string, cause?: unknown): AccessError {
  return new AccessError('audit-unavailable', `The relay can’t record requests: ${reason}.`, { cause });
}

const outcomeDelayMs = 25;

/** Takes records that another process of this relay has made. */
export interface RecordTaker {
  /** As `append`, for records that are JSON lines already; `done` speaks for all of them. */
  appendLines(jsonLines: string, done: Done): void;
}

/** Has the key that signs the log. */
export interface KeyHolder {
  /**
   * Lets another key sign from here on, and records it with who asked for it and why; requests go on meanwhile. The key so
   * far vouches for the new one, and the new one for what was signed before.
   * @param why in words that name nobody: who asked for it is in `act`, which is recorded in front
   * @param key the new private key, PEM, for a log in PostgreSQL; a data folder makes its own
   * @returns the line of the new key. Rejects with AccessError `audit-unavailable` when the key stays
   */
  replaceKey(why: string, key?: string, act?: AuditRecord): Promise<string>;
}

/**
 * Opens the audit of a data folder, making folder and keys at the first start. Records of one event-loop turn go to
 * a writing thread together, which commits all that waits with one flush.
 * @throws AccessError `audit-unavailable` when the folder can't be written or another relay uses it.
 */
export async function createAuditLog(
  options: AuditLogOptions,
): Promise<AuditLog & QueueCounts & RecordTaker & KeyHolder> {
  const { log, maxQueuedRecords = 100_000, maxQueuedBytes = 64 * 1_048_576, stallMs = 10_000 } = options;
  const { place = 'the disk' } = options;
  const retryEveryMs = options.retryEveryMs ?? 500;
  const startWorker = options.startWorker ?? startAuditWorker;
  const workerData: AuditWorkerData = {
    dataDir: options.dataDir,
    holder: options.holder ?? 'relay',
    checkpointEveryMs: options.checkpointEveryMs ?? 10_000,
    checkpointEveryRecords: options.checkpointEveryRecords ?? 10_000,
    retryEveryMs,
    maxPages: options.maxPages,
    keepDays: options.keepDays,
    sinks: options.sinks ?? [],
    sealing: options.sealing,
    cutEveryMs: options.cutEveryMs ?? 60_000,
  };
  try {
    makePrivateFolder(options.dataDir);
  } catch (error) {
    throw unavailable(`the data folder ${options.dataDir} can’t be made`, error);
  }

  let worker: Worker | undefined;
  let problem: string | undefined;
  let closing = false;
  let nextBatch = 1;
  const sent: Batch[] = [];
  let waiting = nothingGathered();
  let outcomes = nothingGathered();
  let queuedRecords = 0;
  let failedRecords = 0;
  let queuedBytes = 0;
  let restart: NodeJS.Timeout | undefined;
  let didClose: (() => void) | undefined;
  let keyChange: PromiseWithResolvers<string> | undefined;
  let signingKey: string | undefined;
  let laterKeys: string[] = [];

  const settle = (upToBatch: number, error: AccessError | null): void => {
    let count = 0;
    for (const batch of sent) {
      if (batch.id > upToBatch) break;
      count += 1;
    }
    for (const batch of sent.splice(0, count)) {
      queuedRecords -= batch.dones.length;
      queuedBytes -= batch.bytes;
      if (error !== null) failedRecords += batch.dones.length;
      for (const done of batch.dones) done(error);
    }
  };

  const becomeUnhealthy = (reason: string): void => {
    if (problem === undefined) log.error({ reason }, 'the audit can’t be written; requests are refused until it can');
    problem = reason;
  };
  const becomeHealthy = (): void => {
    if (problem !== undefined) log.info('the audit can be written again');
    problem = undefined;
  };

  /** Outcomes hold nobody up, and are not to hold up decisions: they go together every so often. */
  let outcomesTimer: NodeJS.Timeout | undefined;
  let outcomesDue = false;
  let flushDue = false;
  let decided = 0;
  let lastDecided = 0;
  /** One decision a turn is sent at once, to be durable soon; where there are more, all of a turn go together. */
  const flushSoon = (): void => {
    decided += 1;
    if (flushDue) return;
    if (lastDecided <= 1 && sent.length === 0 && worker !== undefined) flush();
    flushDue = true;
    setImmediate(() => {
      flushDue = false;
      lastDecided = decided;
      decided = 0;
      flush();
    });
  };

  /** Sends what has gathered; while two batches are on their way the next one grows, which saves messages. */
  const flush = (): void => {
    if (sent.length >= maxBatchesUnderWay && worker !== undefined && !closing) return;
    // Behind the decisions: none of them is before its own.
    if (outcomesDue || closing) takeOutcomes();
    if (waiting.lines.length === 0) return;
    const { lines, dones, bytes } = waiting;
    waiting = nothingGathered();
    const batch: Batch = { id: nextBatch++, dones, bytes, sentAtMs: Date.now() };
    const message: ToAuditWorker = { type: 'write', batch: batch.id, lines: lines.join('\n') };
    sent.push(batch);
    if (worker === undefined) settle(batch.id, unavailable(problem ?? 'its writing thread is not running'));
    else worker.postMessage(message);
  };

  const takeOutcomes = (): void => {
    clearTimeout(outcomesTimer);
    outcomesTimer = undefined;
    outcomesDue = false;
    gatherBehind(waiting, outcomes);
    outcomes = nothingGathered();
  };

  const flushOutcomes = (): void => {
    outcomesDue = true;
    flush();
  };

  /** Gives up on all that waits, sent or not. */
  const refuseWaiting = (error: AccessError): void => {
    settle(Number.POSITIVE_INFINITY, error);
    takeOutcomes();
    const { dones, bytes } = waiting;
    waiting = nothingGathered();
    queuedRecords -= dones.length;
    queuedBytes -= bytes;
    failedRecords += dones.length;
    for (const done of dones) done(error);
  };

  const hear = (message: FromAuditWorker): void => {
    switch (message.type) {
      case 'written':
        becomeHealthy();
        settle(message.upToBatch, null);
        flush();
        return;
      case 'failed':
        becomeUnhealthy(message.reason);
        settle(message.upToBatch, unavailable(message.reason));
        return flush();
      case 'recovered':
        log.warn({ lostRecords: message.lostRecords }, 'the audit has a gap, which is recorded in it');
        return becomeHealthy();
      case 'cut':
        return log.info({ upToRecord: message.upTo }, 'records that are older than audit.keep_days were cut');
      case 'warning':
        return log.warn(message.reason);
      case 'key-replaced':
        log.info({ verifierKey: message.verifierKey }, 'another key signs the audit');
        return keyChange?.resolve(message.verifierKey);
      case 'key-kept':
        return keyChange?.reject(unavailable(`the key that signs stays, because ${message.reason}`));
      case 'closed':
        return didClose?.();
      case 'opened':
        if (message.warning !== null) log.error(message.warning);
        log.info({ records: message.seq }, 'audit opened');
        return becomeHealthy();
      case 'refused':
        return becomeUnhealthy(message.reason);
    }
  };

  /** Resolves once the thread has opened the database; rejects with its reason when it can't. */
  const run = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = startWorker({ ...workerData, signingKey, laterKeys });
      let lastError: unknown;
      thread.on('message', (message: FromAuditWorker) => {
        hear(message);
        if (message.type === 'opened') {
          worker = thread;
          resolve();
        } else if (message.type === 'refused') reject(unavailable(message.reason));
      });
      thread.on('error', (error) => (lastError = error));
      thread.on('exit', () => {
        worker = undefined;
        if (closing) didClose?.();
        else becomeUnhealthy(problem ?? 'its writing thread ended');
        const error = unavailable(problem ?? 'its writing thread ended', lastError);
        refuseWaiting(error);
        keyChange?.reject(error);
        reject(error);
        if (!closing) restart = setTimeout(rerun, retryEveryMs);
      });
    });
  const rerun = (): void => {
    run().catch((error: unknown) => log.warn({ err: error }, 'the audit’s writing thread could not be started again'));
  };

  try {
    await run();
  } catch (error) {
    closing = true;
    clearTimeout(restart);
    throw error;
  }

  const watch = setInterval(
    () => {
      const oldest = sent[0];
      if (oldest === undefined || Date.now() - oldest.sentAtMs < stallMs) return;
      becomeUnhealthy(`${place} didn’t answer for ${stallMs / 1000} s`);
      refuseWaiting(unavailable(`${place} didn’t answer for ${stallMs / 1000} s`));
    },
    Math.min(1000, stallMs),
  );
  watch.unref();

  const add = (line: string, canWait: boolean, done: Done): void => {
    const full = queuedRecords >= maxQueuedRecords || queuedBytes >= maxQueuedBytes;
    if (closing || full) {
      if (full) becomeUnhealthy(`too many records wait for ${place}`);
      failedRecords += 1;
      const error = unavailable(closing ? 'it is closed' : `too many records wait for ${place}`);
      queueMicrotask(() => done(error));
      return;
    }
    const gathered = canWait ? outcomes : waiting;
    gathered.lines.push(line);
    gathered.dones.push(done);
    gathered.bytes += line.length;
    queuedRecords += 1;
    queuedBytes += line.length;
    if (canWait) outcomesTimer ??= setTimeout(flushOutcomes, outcomeDelayMs);
    else flushSoon();
  };

  return {
    append: (record, done) => add(auditLine(record), record.type === 'outcome', done),
    appendLines: (jsonLines, done) => add(jsonLines, false, done),
    async replaceKey(why, key, act) {
      if (keyChange !== undefined) throw unavailable('another key is about to sign already');
      if (worker === undefined || closing) throw unavailable(problem ?? 'its writing thread is not running');
      keyChange = Promise.withResolvers<string>();
      if (key !== undefined && !laterKeys.includes(key)) laterKeys.push(key);
      try {
        flush();
        worker.postMessage({
          type: 'replace-key',
          why,
          key,
          act: act === undefined ? undefined : auditLine(act),
        } satisfies KeyToReplace);
        const line = await keyChange.promise;
        signingKey = key;
        laterKeys = [];
        return line;
      } finally {
        keyChange = undefined;
      }
    },
    get healthy() {
      return problem === undefined && !closing;
    },
    get waiting() {
      return queuedRecords;
    },
    get failed() {
      return failedRecords;
    },
    async close() {
      if (closing) return;
      closing = true;
      flush();
      clearInterval(watch);
      clearTimeout(restart);
      const thread = worker;
      if (thread === undefined) return;
      await new Promise<void>((resolve) => {
        didClose = resolve;
        thread.postMessage({ type: 'close' } satisfies ToAuditWorker);
      });
      await thread.terminate();
    },
  };
}
