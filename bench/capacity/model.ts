import type { NodeFigures } from './node-figures.ts';

/** How people work: what the model takes for usual. */
export const habits = {
  requestsPerDay: 500,
  hoursPerDay: 8,
  daysPerYear: 230,
  /** The busiest hour, as a multiple of the mean of the day, and what comes on top for its busiest minute. */
  busiestHour: 2,
  peakOnTop: 1.2,
  /** Devices with an open tunnel of each person, and in how many minutes most of them open in the morning. */
  tunnelsPerPerson: 1.2,
  morningMinutes: 15,
  devicesPerPerson: 3,
  /** Bodies of a request and its answer together. */
  bodyBytes: 20_000,
  recordsPerRequest: 2,
} as const;

/** What a node may be asked for: a relay of one process in a machine, with room for what wasn’t thought of. */
export const node = { mostTunnels: 10_000, mostCpu: 0.6, keepDays: 90 } as const;

/** What a company of a size needs. */
export interface Capacity {
  readonly people: number;
  readonly tunnels: number;
  readonly peakRequestsPerSecond: number;
  /** Of all relays together, in processors: at the peak, and while people come in the morning. */
  readonly peakCpu: number;
  readonly morningCpu: number;
  /** Nodes that carry all of it, and one that may be missing. */
  readonly nodes: number;
  readonly memoryBytesPerNode: number;
  /** Between clients and relays, and the same again between relays and APIs but for the tunnels’ own share. */
  readonly peakBitsPerSecond: number;
  /** Audit and index at all relays, with `audit.keep_days: 90`. */
  readonly diskBytes: number;
  /** In PostgreSQL: the audit of as many days, and sessions; and records that come in at the peak. */
  readonly sharedBytes: number;
  readonly sharedRecordsPerSecond: number;
}

/** Reckons with what was measured on one node. */
export function capacityFor(people: number, figures: NodeFigures): Capacity {
  const requestsADay = people * habits.requestsPerDay;
  const peakRequestsPerSecond = (requestsADay / (habits.hoursPerDay * 3600)) * habits.busiestHour * habits.peakOnTop;
  const tunnels = Math.ceil(people * habits.tunnelsPerPerson);
  const idleCpu = (tunnels * figures.idleMinuteCpuMs) / 60_000;
  const peakCpu = (peakRequestsPerSecond * figures.requestCpuMs) / 1000 + idleCpu;
  const morningCpu = ((tunnels / (habits.morningMinutes * 60)) * habits.peakOnTop * figures.openCpuMs) / 1000 + idleCpu;
  const carriers = Math.max(
    1,
    Math.ceil(Math.max(peakCpu, morningCpu) / node.mostCpu),
    Math.ceil(tunnels / node.mostTunnels),
  );
  const recordsKept = requestsADay * habits.recordsPerRequest * (habits.daysPerYear / 365) * node.keepDays;
  return {
    people,
    tunnels,
    peakRequestsPerSecond,
    peakCpu,
    morningCpu,
    nodes: carriers + 1,
    // With one missing, the others carry its tunnels.
    memoryBytesPerNode: figures.baseMemoryBytes + (tunnels / carriers) * figures.tunnelMemoryBytes,
    peakBitsPerSecond:
      8 *
      (peakRequestsPerSecond * (figures.requestBytes + habits.bodyBytes) + (tunnels * figures.idleMinuteBytes) / 60),
    diskBytes: recordsKept * figures.recordDiskBytes,
    sharedBytes: recordsKept * figures.recordSharedBytes + people * habits.devicesPerPerson * figures.sessionBytes,
    sharedRecordsPerSecond: peakRequestsPerSecond * habits.recordsPerRequest,
  };
}
