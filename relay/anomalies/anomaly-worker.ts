import { parentPort, workerData } from 'node:worker_threads';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { catchUp } from '../reports/follow-audit.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import type { UsageStore } from '../reports/usage-store.ts';
import type { Finding } from './finding.ts';
import { openWatch } from './watch-audit.ts';

/** What the thread is started with. */
export interface AnomalyWorkerData {
  readonly dataDir: string;
  readonly settings: AnomaliesConfig;
  readonly pollMs: number;
  /** The PostgreSQL that requests are counted in; null for the data folder. */
  readonly shared: CountsPlace['shared'];
}

/** From the relay's main thread: other thresholds, a finding that is in the audit (or couldn't be written), the end. */
export type ToAnomalyWorker =
  | { readonly type: 'replace'; readonly settings: AnomaliesConfig }
  | { readonly type: 'written'; readonly id: string; readonly isRecorded: boolean }
  | { readonly type: 'close' };

/** To the main thread: something was found, or the counts for reports are behind (and not any more, with `null`). */
export type FromAnomalyWorker =
  | { readonly type: 'finding'; readonly finding: Finding }
  | { readonly type: 'uncounted'; readonly reason: string | null };

/** Counts for reports wait longer: they only have to be there before the audit is cut. */
const countEveryMs = 60_000;

/** Follows the audit from a thread of its own, so that no request waits for it. */
function runWorker(
  port: NonNullable<typeof parentPort>,
  { dataDir, settings, pollMs, shared }: AnomalyWorkerData,
): void {
  const watch = openWatch(dataDir, settings);
  const told = new Set<string>();
  let countedAtMs = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | null = null;
  let isBehind = false;
  let timer: NodeJS.Timeout | undefined;
  const say = (message: FromAnomalyWorker): void => port.postMessage(message);

  const count = async (): Promise<void> => {
    let usage: UsageStore | null = null;
    try {
      usage = await openCounts({ dataDir, shared });
      await catchUp(dataDir, usage);
      if (isBehind) say({ type: 'uncounted', reason: null });
      isBehind = false;
    } catch (error) {
      if (!isBehind) say({ type: 'uncounted', reason: error instanceof Error ? error.message : String(error) });
      isBehind = true;
    } finally {
      await usage?.close();
    }
  };

  const turn = (): void => {
    if (watch.step()) {
      timer = setTimeout(turn, 0);
      return;
    }
    for (const finding of watch.unrecorded()) {
      if (told.has(finding.id)) continue;
      told.add(finding.id);
      say({ type: 'finding', finding });
    }
    if (Date.now() - countedAtMs >= countEveryMs && counting === null) {
      countedAtMs = Date.now();
      counting = count().finally(() => (counting = null));
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
        // A PostgreSQL that says nothing must not hold up the relay's end: what isn't committed is counted another time.
        if (counting !== null) process.exit();
    }
  });
}

if (parentPort === null) throw new Error('anomaly-worker.ts runs only as a worker thread.');
runWorker(parentPort, workerData as AnomalyWorkerData);
