import '../programs/lower-priority.ts';
import { parentPort, workerData } from 'node:worker_threads';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { catchUp } from '../reports/follow-audit.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import type { UsageStore } from '../reports/usage-store.ts';
import type { Finding } from './finding.ts';
import { forgetEveryMs, refusedBeforeMs, takeTurns } from './forget-addresses.ts';
import { openWatch } from './watch-audit.ts';

/** What the thread is started with. */
export interface AnomalyWorkerData {
  readonly dataDir: string;
  readonly settings: AnomaliesConfig;
  /** Days (UTC) for which findings about refused sign-ins say from where, today among them; for good when left out. */
  readonly refusedDays: number | undefined;
  readonly pollMs: number;
  /** The PostgreSQL that requests are counted in; null for the data folder. */
  readonly shared: CountsPlace['shared'];
}

/** From the relay's main thread: other thresholds, a finding that is in the audit (or couldn't be written), the end. */
export type ToAnomalyWorker =
  | { readonly type: 'replace'; readonly settings: AnomaliesConfig }
  | { readonly type: 'written'; readonly id: string; readonly isRecorded: boolean }
  | { readonly type: 'close' };

/**
 * To the main thread: something was found, the counts for reports are behind, no relay can look (and not any more, with
 * `null`), or so many records are to be looked at before what is new is (and no more are, with `null`).
 */
export type FromAnomalyWorker =
  | { readonly type: 'finding'; readonly finding: Finding }
  | { readonly type: 'uncounted'; readonly reason: string | null }
  | { readonly type: 'unwatched'; readonly reason: string | null }
  | { readonly type: 'behind'; readonly records: number | null };

/** Counts for reports wait longer: they only have to be there before the audit is cut. */
const countEveryMs = 60_000;
const countLookMs = 1000;

type Say = (message: FromAnomalyWorker) => void;

/** The search, wherever it is done: in the data folder, or in the storage of all relays. */
interface Search {
  replace(settings: AnomaliesConfig): void;
  written(id: string, isRecorded: boolean): void;
  close(): void;
}

/** Follows the audit from a thread of its own, so that no request waits for it. */
async function runWorker(port: NonNullable<typeof parentPort>, data: AnomalyWorkerData): Promise<void> {
  const say: Say = (message) => port.postMessage(message);
  const counting = countInTurns(data, say);
  // Messages wait in the port until somebody listens.
  const search = await openSearch(data, say);
  const hear = (message: ToAnomalyWorker): void => {
    switch (message.type) {
      case 'replace':
        return search.replace(message.settings);
      case 'written':
        return search.written(message.id, message.isRecorded);
      case 'close':
        search.close();
        port.close();
        // A PostgreSQL that says nothing must not hold up the relay's end: what isn't committed is done another time.
        if (counting.close() || data.shared !== null) process.exit();
    }
  };
  port.on('message', hear);
}

async function openSearch(data: AnomalyWorkerData, say: Say): Promise<Search> {
  const onFinding = (finding: Finding): void => say({ type: 'finding', finding });
  const { dataDir, settings, refusedDays, pollMs, shared } = data;
  if (shared === null) return searchFolder({ dataDir, settings, refusedDays, pollMs, onFinding });
  // Only where it is needed: loading it takes as long as all the rest.
  const { followShared } = await import('./follow-shared.ts');
  const onTrouble = (reason: string | null): void => say({ type: 'unwatched', reason });
  const onBehind = (records: number | null): void => say({ type: 'behind', records });
  return followShared({ postgres: shared.postgres, settings, refusedDays, pollMs, onFinding, onTrouble, onBehind });
}

function searchFolder(options: {
  readonly dataDir: string;
  readonly settings: AnomaliesConfig;
  readonly refusedDays: number | undefined;
  readonly pollMs: number;
  readonly onFinding: (finding: Finding) => void;
}): Search {
  const { dataDir, settings, refusedDays, pollMs, onFinding } = options;
  const forgetting = takeTurns(forgetEveryMs);
  const watch = openWatch(dataDir, settings);
  const told = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const turn = (): void => {
    if (watch.step()) {
      timer = setTimeout(turn, 0);
      return;
    }
    for (const finding of watch.unrecorded()) {
      if (told.has(finding.id)) continue;
      told.add(finding.id);
      onFinding(finding);
    }
    const beforeMs = refusedBeforeMs(refusedDays, Date.now());
    if (beforeMs !== null && forgetting()) watch.forgetAddresses(beforeMs);
    timer = setTimeout(turn, pollMs);
  };
  timer = setTimeout(turn, 0);
  return {
    replace: (next) => watch.replace(next),
    written(id, isRecorded) {
      if (isRecorded) watch.recorded(id);
      told.delete(id);
    },
    close() {
      clearTimeout(timer);
      watch.close();
    },
  };
}

/** Counts this relay's audit for reports, again and again. `close` says whether it was at it. */
function countInTurns({ dataDir, shared }: AnomalyWorkerData, say: Say): { close(): boolean } {
  let isCounting = false;
  let isBehind = false;
  let countedAtMs = Number.NEGATIVE_INFINITY;

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
  const timer = setInterval(() => {
    if (isCounting || Date.now() - countedAtMs < countEveryMs) return;
    countedAtMs = Date.now();
    isCounting = true;
    void count().finally(() => (isCounting = false));
  }, countLookMs);
  return {
    close() {
      clearInterval(timer);
      return isCounting;
    },
  };
}

if (parentPort === null) throw new Error('anomaly-worker.ts runs only as a worker thread.');
void runWorker(parentPort, workerData as AnomalyWorkerData);
