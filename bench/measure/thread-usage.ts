import { readdirSync, readFileSync } from 'node:fs';
import { median } from '../figure.ts';

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

/** What threads have used between two readings. */
export function usedBetween(
  before: ReadonlyMap<string, ThreadUsage>,
  after: ReadonlyMap<string, ThreadUsage>,
): ReadonlyMap<string, ThreadUsage> {
  return new Map(
    [...after].map(([name, { cpuMs, sleeps }]) => {
      const then = before.get(name) ?? { cpuMs: 0, sleeps: 0 };
      return [name, { cpuMs: cpuMs - then.cpuMs, sleeps: sleeps - then.sleeps }];
    }),
  );
}

/** What threads have used during one turn of so many requests. */
export interface TurnUsage {
  readonly requests: number;
  readonly threads: ReadonlyMap<string, ThreadUsage>;
}

/** In words, what threads have used for each request, in the middle of all turns; without those that have hardly run. */
export function usageOfEach(turns: readonly TurnUsage[]): string {
  const names = new Set(turns.flatMap(({ threads }) => [...threads.keys()]));
  const middle = (name: string, of: (usage: ThreadUsage) => number): number =>
    median(turns.map(({ requests, threads }) => of(threads.get(name) ?? { cpuMs: 0, sleeps: 0 }) / requests));
  return [...names]
    .map((name) => ({
      name,
      cpuUs: middle(name, ({ cpuMs }) => cpuMs * 1000),
      sleeps: middle(name, ({ sleeps }) => sleeps),
    }))
    .filter(({ cpuUs }) => cpuUs >= 0.5)
    .map(({ name, cpuUs, sleeps }) => `${name} ${cpuUs.toFixed(1)} µs (asleep ${sleeps.toFixed(3)} times)`)
    .join(', ');
}
