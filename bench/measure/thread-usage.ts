import { readdirSync, readFileSync } from 'node:fs';

/** What threads of one name have used so far. */
export interface ThreadUsage {
  readonly cpuMs: number;
  /** How often they have gone to sleep. */
  readonly sleeps: number;
}

/** The threads of a process by their names, several of one name together; empty where there is no /proc (macOS, Windows). */
export function readThreads(pid: number): ReadonlyMap<string, ThreadUsage> {
  const threads = new Map<string, ThreadUsage>();
  if (process.platform !== 'linux') return threads;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string): string => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8');
    try {
      const name = thread === String(pid) ? 'main' : read('comm').trim();
      const cpuMs = Number(read('schedstat').split(' ')[0]) / 1e6;
      const sleeps = Number(/^voluntary_ctxt_switches:\s+(?<count>\d+)/mu.exec(read('status'))?.groups?.['count']);
      const others = threads.get(name);
      threads.set(name, { cpuMs: cpuMs + (others?.cpuMs ?? 0), sleeps: sleeps + (others?.sleeps ?? 0) });
    } catch {
      // The thread has ended between listing and reading.
    }
  }
  return threads;
}

/** Adds what was used between two readings to the sum. */
export function addUsage(
  sum: Map<string, ThreadUsage>,
  before: ReadonlyMap<string, ThreadUsage>,
  after: ReadonlyMap<string, ThreadUsage>,
): void {
  for (const [name, { cpuMs, sleeps }] of after) {
    const [so, then] = [sum.get(name), before.get(name)];
    sum.set(name, {
      cpuMs: (so?.cpuMs ?? 0) + cpuMs - (then?.cpuMs ?? 0),
      sleeps: (so?.sleeps ?? 0) + sleeps - (then?.sleeps ?? 0),
    });
  }
}

/** In words, what threads have used for each of so many requests; without those that have hardly run. */
export function usageOfEach(threads: ReadonlyMap<string, ThreadUsage>, requests: number): string {
  return [...threads]
    .map(([name, { cpuMs, sleeps }]) => ({ name, cpuUs: (cpuMs * 1000) / requests, sleeps: sleeps / requests }))
    .filter(({ cpuUs }) => cpuUs >= 0.5)
    .map(({ name, cpuUs, sleeps }) => `${name} ${cpuUs.toFixed(1)} µs (asleep ${sleeps.toFixed(3)} times)`)
    .join(', ');
}
