import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { auditFiles, loadSigningKey } from './audit-files.ts';
import type { AuditWorkerData, FromAuditWorker, KeyToReplace, ToAuditWorker } from './audit-messages.ts';
import { openAuditStore, type AuditStore } from './audit-store.ts';
import { type FolderSealer, openFolderSealer } from './folder-sealer.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { gapRecord } from './gap-record.ts';
import { type HeldFile, holdFile, keepLog, type LogKeeper } from './log-keeper.ts';

const maxRecordsPerCommit = 20_000;
/** The log gets its length in small steps, from a second after the start on, so that no record waits long for it. */
const lengthenAfterMs = 1000;
const lengthenEveryMs = 20;
/** Between two steps of taking old days out of the file, so that records needn't wait for more than one. */
const cutStepEveryMs = 25;
const thinFirstMs = 30_000;
const thinEveryMs = 6 * 3_600_000;
/** How long the log is needn't be asked for each commit; one costs some pages, however small it is. */
const recordsALook = 1024;
const recordsACommit = 16;

/**
 * The audit's writing thread: drains whatever waits into one transaction, answers per batch, signs checkpoints, and
 * after a failed write reopens the database until a record about the gap can be written.
 */
function runWorker(port: NonNullable<typeof parentPort>, data: AuditWorkerData): void {
  const files = auditFiles(data.dataDir);
  const say = (message: FromAuditWorker): void => port.postMessage(message);
  const open = (): AuditStore =>
    openAuditStore(files, loadSigningKey(files), {
      maxPages: data.maxPages,
      keepDays: data.keepDays,
      sinks: data.sinks,
      emptiesLog: true,
      now: Date.now,
    });

  let lock: FolderLock | undefined;
  let store: AuditStore | undefined;
  let sealer: FolderSealer | undefined;
  let keeper: LogKeeper | undefined;
  let held: HeldFile | undefined;
  let failure: { readonly sinceMs: number; reason: string; lost: number; triedAtMs: number } | undefined;
  let unsigned = 0;
  let sinceLook = 0;

  const openAndKeep = (): AuditStore => {
    const opened = open();
    try {
      held = holdFile(files.database, held);
      const kept = keepLog(files.database, held);
      keeper?.close();
      keeper = kept;
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  };

  const fail = (error: unknown, lost: number): string => {
    const reason = error instanceof Error ? error.message : String(error);
    try {
      sealer?.close();
      store?.close();
    } catch (closing) {
      say({ type: 'warning', reason: `The audit database didn’t close cleanly: ${String(closing)}` });
    }
    store = undefined;
    sealer = undefined;
    failure ??= { sinceMs: Date.now(), reason, lost: 0, triedAtMs: 0 };
    failure.reason = reason;
    failure.lost += lost;
    failure.triedAtMs = Date.now();
    return reason;
  };

  /** Writes, if need be after reopening and with a record about the gap in front; false when that fails. */
  const write = (lines: readonly string[]): boolean => {
    if (failure !== undefined && lines.length > 0 && Date.now() - failure.triedAtMs < data.retryEveryMs) {
      failure.lost += lines.length;
      return false;
    }
    try {
      if (store === undefined) {
        keeper?.mend();
        store = openAndKeep();
      }
      store.checkPlace();
      sealer ??= openFolderSealer(files.keys, data.sealing);
      const sealed = sealer.seal(lines);
      store.write(failure === undefined ? sealed : [gapRecord(failure), ...sealed]);
    } catch (error) {
      fail(error, lines.length);
      return false;
    }
    if (failure !== undefined) {
      say({ type: 'recovered', lostRecords: failure.lost });
      failure = undefined;
      clearTimeout(lengthening);
      lengthening = setTimeout(lengthen, lengthenAfterMs);
    }
    return true;
  };

  const lengthen = (): void => {
    if (store?.lengthenLog() === true) lengthening = setTimeout(lengthen, lengthenEveryMs);
  };

  /** Does what may fail as writing may: then nothing is recorded until the database has been opened again. */
  const attempt = (act: (open: AuditStore) => void): void => {
    if (store === undefined || failure !== undefined) return;
    try {
      store.checkPlace();
      act(store);
    } catch (error) {
      say({ type: 'failed', upToBatch: 0, reason: fail(error, 0) });
    }
  };
  const sign = (): void => {
    if (store === undefined || failure !== undefined) return;
    unsigned = 0;
    attempt((open) => open.checkpoint());
  };
  const replaceKey = ({ why, key, act }: KeyToReplace): void => {
    if (key !== undefined) return say({ type: 'key-kept', reason: 'the audit of a data folder makes its keys itself' });
    let verifierKey: string | undefined;
    attempt((open) => {
      sealer ??= openFolderSealer(files.keys, data.sealing);
      verifierKey = open.replaceKey(why, act === undefined ? [] : sealer.seal([act]));
    });
    if (verifierKey === undefined)
      return say({ type: 'key-kept', reason: failure?.reason ?? 'the audit can’t be written' });
    say({ type: 'key-replaced', verifierKey });
    sign();
  };
  const dropOldKeys = (): void =>
    attempt(() => {
      sealer ??= openFolderSealer(files.keys, data.sealing);
      sealer.dropOldDays(Date.now());
    });
  const cutStep = (): void => {
    attempt((open) => {
      if (open.cutSome()) cutting = setTimeout(cutStep, cutStepEveryMs);
    });
    emptyLog(recordsALook);
  };
  /** Looks now and then whether the log is long enough, after so many records. */
  const emptyLog = (records: number): void => {
    sinceLook += records + recordsACommit;
    if (sinceLook < recordsALook) return;
    sinceLook = 0;
    attempt((open) => {
      if (open.emptyLog()) keeper?.didFlushDatabase();
    });
  };
  const cut = (): void =>
    attempt((open) => {
      const upTo = open.cutDays();
      if (upTo !== undefined) say({ type: 'cut', upTo });
      clearTimeout(cutting);
      cutStep();
    });

  const thin = (): void => {
    let dueMs = thinEveryMs;
    attempt((open) => {
      if (open.thinSome()) dueMs = cutStepEveryMs;
    });
    thinning = setTimeout(thin, dueMs);
  };

  const close = (): void => {
    clearTimeout(lengthening);
    clearTimeout(cutting);
    clearTimeout(thinning);
    clearInterval(cuttingDays);
    clearInterval(droppingKeys);
    clearInterval(signing);
    clearInterval(retrying);
    sign();
    sealer?.close();
    keeper?.close();
    store?.close();
    held?.close();
    lock?.close();
    say({ type: 'closed' });
    port.close();
  };

  let lengthening = setTimeout(lengthen, lengthenAfterMs);
  let cutting: NodeJS.Timeout | undefined;
  let thinning = setTimeout(thin, thinFirstMs);
  const cuttingDays = data.keepDays === undefined ? undefined : setInterval(cut, data.cutEveryMs);
  const droppingKeys = setInterval(dropOldKeys, data.cutEveryMs);
  const signing = setInterval(sign, data.checkpointEveryMs);
  const retrying = setInterval(() => {
    if (failure !== undefined) write([]);
  }, data.retryEveryMs);

  try {
    lock = lockFolder(files.lock, data.holder);
    store = openAndKeep();
    sealer = openFolderSealer(files.keys, data.sealing);
    say({ type: 'opened', seq: store.seq, warning: store.warning });
  } catch (error) {
    clearTimeout(lengthening);
    clearTimeout(thinning);
    clearInterval(cuttingDays);
    clearInterval(droppingKeys);
    clearInterval(signing);
    clearInterval(retrying);
    lock?.close();
    say({ type: 'refused', reason: error instanceof Error ? error.message : String(error) });
    port.close();
    return;
  }

  port.on('message', (first: ToAuditWorker | KeyToReplace) => {
    const lines: string[] = [];
    let upToBatch = 0;
    let message: ToAuditWorker | KeyToReplace | undefined = first;
    while (message !== undefined) {
      if (message.type !== 'write') break;
      upToBatch = message.batch;
      for (const line of message.lines.split('\n')) lines.push(line);
      if (lines.length >= maxRecordsPerCommit) break;
      message = receiveMessageOnPort(port)?.message as typeof message;
    }
    if (lines.length > 0) {
      if (write(lines)) say({ type: 'written', upToBatch });
      else say({ type: 'failed', upToBatch, reason: failure?.reason ?? 'unknown' });
      emptyLog(lines.length);
      unsigned += lines.length;
      if (unsigned >= data.checkpointEveryRecords) sign();
    }
    if (message?.type === 'replace-key') replaceKey(message);
    if (message?.type === 'close') close();
  });
}

if (parentPort === null) throw new Error('audit-worker.ts runs only as a worker thread.');
runWorker(parentPort, workerData as AuditWorkerData);
