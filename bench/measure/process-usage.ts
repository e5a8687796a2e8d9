import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const pageBytes = 4096;

interface Stat {
  readonly parent: number;
  /** Own time and that of children already waited for. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0) + (fields[13] ?? 0) + (fields[14] ?? 0);
    return { parent: fields[1] ?? 0, cpuMs: (ticks / ticksPerSecond) * 1000, rssBytes: (fields[21] ?? 0) * pageBytes };
  } catch {
    // The process has ended between listing and reading.
    return null;
  }
}

/** CPU time so far and resident memory now of processes with all their descendants. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Of processes and all their descendants, by their pids; null where there is no /proc (macOS, Windows). */
function readFamily(pids: readonly number[]): ReadonlyMap<number, Stat> | null {
  if (process.platform !== 'linux') return null;
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/u.test(name) ? readStat(Number(name)) : null;
    if (stat !== null) stats.set(Number(name), stat);
  }
  const wanted = new Set(pids);
  const belongs = (pid: number): boolean => {
    const seen = new Set<number>();
    for (let at = pid; at > 1 && !seen.has(at); at = stats.get(at)?.parent ?? 0) {
      if (wanted.has(at)) return true;
      seen.add(at);
    }
    return false;
  };
  return new Map([...stats].filter(([pid]) => belongs(pid)));
}

/** Reads /proc once; null where there is none. */
export function readUsage(pids: readonly number[]): Usage | null {
  const stats = readFamily(pids);
  if (stats === null) return null;
  let cpuMs = 0;
  let rssBytes = 0;
  for (const stat of stats.values()) {
    cpuMs += stat.cpuMs;
    rssBytes += stat.rssBytes;
  }
  return { cpuMs, rssBytes };
}

/** CPU time so far of each of the processes and of each of their descendants, by pid; null where there is no /proc. */
export function readCpuOfEach(pids: readonly number[]): ReadonlyMap<number, number> | null {
  const stats = readFamily(pids);
  return stats === null ? null : new Map([...stats].map(([pid, { cpuMs }]) => [pid, cpuMs]));
}

/** Samples the resident memory of processes until stopped; `stop` gives the most that was seen, in bytes. */
export function watchMemory(pids: readonly number[], everyMs = 200): { stop(): number | null } {
  let most: number | null = null;
  const sample = (): void => {
    const usage = readUsage(pids);
    if (usage !== null) most = Math.max(most ?? 0, usage.rssBytes);
  };
  sample();
  const timer = setInterval(sample, everyMs);
  return {
    stop() {
      clearInterval(timer);
      sample();
      return most;
    },
  };
}
