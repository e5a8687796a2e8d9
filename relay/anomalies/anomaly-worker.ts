import { parentPort, workerData } from 'node:worker_threads';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { catchUp } from '../reports/follow-audit.ts';
import type { Finding } from './finding.ts';
import { openWatch } from './watch-audit.ts';

/** What the thread is started with. */
export interface AnomalyWorkerData {
  readonly dataDir: string;
  readonly settings: AnomaliesConfig;
  readonly pollMs: number;
}

/** From the relay's main thread: other thresholds, a finding that is in the audit (or couldn't be written), the end. */
export type ToAnomalyWorker =
  | { readonly type: 'replace'; readonly settings: AnomaliesConfig }
  | { readonly type: 'written'; readonly id: string; readonly isRecorded: boolean }
  | { readonly type: 'close' };

/** Counts for reports wait longer: they only have to be there before the audit is cut. */
const countEveryMs = 60_000;

/** Follows the audit from a thread of its own, so that no request waits for it. */
function runWorker(port: NonNullable<typeof parentPort>, { dataDir, settings, pollMs }: AnomalyWorkerData): void {
  const watch = openWatch(dataDir, settings);
  const told = new Set<string>();
  let countedAtMs = Date.now();
  let timer: NodeJS.Timeout | undefined;

  const turn = (): void => {
    if (watch.step()) {
      timer = setTimeout(turn, 0);
      return;
    }
    for (const finding of watch.unrecorded()) {
      if (told.has(finding.id)) continue;
      told.add(finding.id);
      port.postMessage(finding satisfies Finding);
    }
    if (Date.now() - countedAtMs >= countEveryMs) {
      countedAtMs = Date.now();
      catchUp(dataDir);
    }
    timer = setTimeout(turn, pollMs);
  };
  timer = setTimeout(turn, 0);

  port.on('message', (message: ToAnomalyWorker) => {
    switch (message.type) {
      case 'replace':
        return watch.replace(message.settings);
      case 'written':
        if (message.isRecorded) watch.recorded(message.id);
        told.delete(message.id);
        return;
      case 'close':
        clearTimeout(timer);
        watch.close();
        port.close();
    }
  });
}

if (parentPort === null) throw new Error('anomaly-worker.ts runs only as a worker thread.');
runWorker(parentPort, workerData as AnomalyWorkerData);
