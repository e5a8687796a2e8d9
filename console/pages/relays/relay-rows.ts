import type { ListedRelay } from '../../api/admin-api.ts';

export type RelayProcess = ListedRelay['processes'][number];
export type DownWorker = NonNullable<ListedRelay['downWorkers']>[number];

/** A place of a process of a relay: of one that runs, or of a worker that nobody is served by at the moment. */
export interface ProcessRow {
  /** Null for the relay’s own process. */
  readonly worker: number | null;
  readonly draining: boolean;
  readonly running: RelayProcess | null;
  /** Null for one that runs, and for one of which the relay says no more. */
  readonly down: DownWorker | null;
}

/** All places of a relay, in their order, also those in which no process runs. Pure. */
export function rowsOf({
  processes,
  workers = [],
  downWorkers = [],
}: Pick<ListedRelay, 'processes' | 'workers' | 'downWorkers'>): readonly ProcessRow[] {
  const running = processes
    .filter(({ worker }) => !downWorkers.some((down) => down.worker === worker))
    .map((process): ProcessRow => ({ ...pick(process), running: process, down: null }));
  const down = downWorkers.map((worker): ProcessRow => ({ ...pick(worker), running: null, down: worker }));
  const known = [...running, ...down];
  const starting = workers
    .filter((worker) => !known.some((row) => row.worker === worker))
    .map((worker): ProcessRow => ({ worker, draining: false, running: null, down: null }));
  return [...known, ...starting].toSorted((one, other) => (one.worker ?? 0) - (other.worker ?? 0));
}

function pick({ worker, draining }: Pick<ProcessRow, 'worker' | 'draining'>): Pick<ProcessRow, 'worker' | 'draining'> {
  return { worker, draining };
}
