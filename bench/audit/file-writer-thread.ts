// A writing thread that makes records durable in a file, tells of them, and brings the table up to date in large steps.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { auditFiles, loadSigningKey } from '../../relay/audit/audit-files.ts';
import type { AuditWorkerData, FromAuditWorker, ToAuditWorker } from '../../relay/audit/audit-messages.ts';
import { openAuditStore } from '../../relay/audit/audit-store.ts';
import { lockFolder } from '../../relay/audit/folder-lock.ts';
import { openSegment } from './record-segment.ts';
import { takeBatches } from './take-batches.ts';

/** `appends`: whether the records come here first; otherwise they are in the file already. */
export interface FileWriterData extends AuditWorkerData {
  readonly appends: boolean;
}

const followEveryMs = 25;

if (parentPort === null) throw new Error('file-writer-thread.ts runs only as a worker thread.');
const port = parentPort;
const data = workerData as FileWriterData;
const say = (message: FromAuditWorker): void => port.postMessage(message);

// The table need not be durable with each step: what it lacks after a failure is in the file.
const { exec } = DatabaseSync.prototype as { exec: (this: DatabaseSync, sql: string) => void };
DatabaseSync.prototype.exec = function execRelaxed(sql: string): void {
  exec.call(this, sql.replace('synchronous = FULL', 'synchronous = NORMAL'));
};

const files = auditFiles(data.dataDir);
const lock = lockFolder(files.lock);
const store = openAuditStore(files, loadSigningKey(files), { ...data, now: Date.now });
const segment = data.appends ? openSegment(data.dataDir) : undefined;
let waiting: string[] = [];
let timer: NodeJS.Timeout | undefined;

function follow(): void {
  timer = undefined;
  const lines = waiting;
  waiting = [];
  if (lines.length > 0) store.write(lines);
}

port.on('message', (first: ToAuditWorker) => {
  const { texts, upToBatch, isClosing } = takeBatches(port, first);
  if (texts.length > 0) {
    segment?.append(texts.join('\n'));
    say({ type: 'written', upToBatch });
    for (const text of texts) for (const line of text.split('\n')) waiting.push(line);
    timer ??= setTimeout(follow, followEveryMs);
  }
  if (!isClosing) return;
  clearTimeout(timer);
  follow();
  store.checkpoint();
  store.close();
  segment?.close();
  lock.close();
  say({ type: 'closed' });
  port.close();
});
say({ type: 'opened', seq: store.seq, warning: store.warning });
