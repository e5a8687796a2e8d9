import { readFileSync } from 'node:fs';

/** Reads and writes of one process so far, all that the kernel counts as such: of sockets, files and wake-ups of threads. */
export interface Calls {
  readonly reads: number;
  readonly writes: number;
}

/** Of the event loop’s thread, or of all threads; null where there is no /proc (macOS, Windows) or it may not be read. */
export function readCalls(pid: number, threads: 'event-loop' | 'all'): Calls | null {
  try {
    const text = readFileSync(threads === 'all' ? `/proc/${pid}/io` : `/proc/${pid}/task/${pid}/io`, 'utf8');
    const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'mu').exec(text)?.[1] ?? Number.NaN);
    return { reads: count('syscr'), writes: count('syscw') };
  } catch {
    return null;
  }
}
