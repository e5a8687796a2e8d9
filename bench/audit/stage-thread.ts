// A writing thread that does a part of what the relay's does, and tells of records as if it had done all.
import { parentPort, workerData } from 'node:worker_threads';
import { auditFiles, loadSigningKey } from '../../relay/audit/audit-files.ts';
import type { AuditWorkerData, FromAuditWorker, ToAuditWorker } from '../../relay/audit/audit-messages.ts';
import { openAuditStore } from '../../relay/audit/audit-store.ts';
import { lockFolder } from '../../relay/audit/folder-lock.ts';
import { createTreeEdge } from '../../relay/audit/tree/tree-edge.ts';
import { leafHash } from '../../relay/audit/tree/tree-hash.ts';
import { openSegment } from './record-segment.ts';
import { type RecordStage, recordStages } from './replaced-audit-log.ts';
import { takeBatches } from './take-batches.ts';

export interface StageThreadData extends AuditWorkerData {
  readonly stage: RecordStage;
}

if (parentPort === null) throw new Error('stage-thread.ts runs only as a worker thread.');
const port = parentPort;
const data = workerData as StageThreadData;
const say = (message: FromAuditWorker): void => port.postMessage(message);
const comesTo = (stage: RecordStage): boolean => recordStages.indexOf(data.stage) >= recordStages.indexOf(stage);

const files = auditFiles(data.dataDir);
const lock = lockFolder(files.lock);
// Whoever reads the audit finds one, with nothing in it.
const store = openAuditStore(files, loadSigningKey(files), { ...data, now: Date.now });
const segment = comesTo('written') ? openSegment(data.dataDir, comesTo('flushed')) : undefined;
const tree = comesTo('hashed') ? createTreeEdge(0, []) : undefined;

port.on('message', (first: ToAuditWorker) => {
  const { texts, upToBatch, isClosing } = takeBatches(port, first);
  if (texts.length > 0) {
    if (tree !== undefined) for (const text of texts) for (const line of text.split('\n')) tree.add(leafHash(line));
    segment?.append(texts.join('\n'));
    say({ type: 'written', upToBatch });
  }
  if (!isClosing) return;
  store.close();
  segment?.close();
  lock.close();
  say({ type: 'closed' });
  port.close();
});
say({ type: 'opened', seq: store.seq, warning: store.warning });
