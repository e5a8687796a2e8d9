import { readdirSync, readFileSync } from 'node:fs';

/** What a process takes of the machine. */
export interface Vitals {
  readonly residentMiB: number;
  readonly descriptors: number;
  /** Time on a processor since its start. */
  readonly cpuSeconds: number;
}

/** How the vitals of a process went over a run. */
export interface WatchedProcess {
  readonly name: string;
  readonly pid: number;
  readonly start: Vitals;
  readonly peakMiB: number;
  readonly peakDescriptors: number;
  /** Looks once more; null when the process is gone, or the system doesn't tell. */
  look(): Vitals | null;
}

/** Where the system has no /proc, nothing is known of other processes. */
export const vitalsAreKnown = process.platform === 'linux';
const ticksPerSecond = 100;

export function vitalsOf(pid: number): Vitals | null {
  if (!vitalsAreKnown) return null;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const resident = /VmRSS:\s+(\d+)/u.exec(status)?.[1];
    if (resident === undefined) return null;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      residentMiB: Math.round(Number(resident) / 1024),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    };
  } catch {
    return null;
  }
}

/** Begins to watch a process from outside. */
export function watchProcess(name: string, pid: number): WatchedProcess {
  const start = vitalsOf(pid) ?? { residentMiB: 0, descriptors: 0, cpuSeconds: 0 };
  let { residentMiB: peakMiB, descriptors: peakDescriptors } = start;
  return {
    name,
    pid,
    start,
    get peakMiB() {
      return peakMiB;
    },
    get peakDescriptors() {
      return peakDescriptors;
    },
    look() {
      const now = vitalsOf(pid);
      if (now === null) return null;
      peakMiB = Math.max(peakMiB, now.residentMiB);
      peakDescriptors = Math.max(peakDescriptors, now.descriptors);
      return now;
    },
  };
}
