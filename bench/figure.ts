/** One line of results; names carry their units. `bench`, `case` and `system` say what was measured. */
export interface Figure {
  readonly bench: string;
  readonly case: string;
  readonly system: string;
  readonly requestsPerSecond?: number;
  readonly connectionsPerSecond?: number;
  readonly validationsPerSecond?: number;
  readonly decisionsPerSecond?: number;
  readonly recordsPerSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly bytesPerSecond?: number;
  /** Of disk, for each thing that is kept. */
  readonly bytesEach?: number;
  /** CPU time of upstream and everything on the way, without the load generator. */
  readonly cpuMsPerRequest?: number;
  /** CPU time of the relay's processes alone. */
  readonly relayCpuMsPerRequest?: number;
  /** CPU time of the one of them that has most to do; it is what bounds the relay where processors are plenty. */
  readonly busiestCpuMsPerRequest?: number;
  /** CPU time of the process that counts and records for those that carry tunnels. */
  readonly primaryCpuMsPerRequest?: number;
  /** CPU time of the one thread of them all that has most to do. */
  readonly busiestThreadMsPerRequest?: number;
  /** What follows from CPU times for four processors that have nothing else to do. */
  readonly derivedRequestsPerSecond?: number;
  /** Most memory that the server side had. */
  readonly rssMb?: number;
  /** Scripts and styles of the app's window, compressed. */
  readonly gzipBytes?: number;
  /** From the beginning of the page to the first thing that shows. */
  readonly firstPaintMs?: number;
  /** CPU time of the longest task of the window's main thread. */
  readonly worstTaskMs?: number;
  /** CPU time of the window's main thread in ten seconds at rest. */
  readonly cpuMs?: number;
  /** Changes of the window's document in ten seconds at rest. */
  readonly mutations?: number;
  /** Timers that run in ten seconds while the window can't be seen. */
  readonly timers?: number;
  /** Reads and writes of the event loop, of sockets, files and wake-ups, each request. */
  readonly readCalls?: number;
  readonly writeCalls?: number;
  /** System calls of the event loop but those that wait for others, where there is strace. */
  readonly workCalls?: number;
  /** All system calls of the event loop, and of all threads. */
  readonly loopCalls?: number;
  readonly systemCalls?: number;
  /** How often the event loop goes to sleep, each request. */
  readonly sleeps?: number;
  /** What V8 allocates on the event loop, each request. */
  readonly allocatedBytes?: number;
  readonly objects?: number;
  /** Of the processor, outside the kernel, where `perf stat` can count them. */
  readonly instructions?: number;
  /** Share of what the event loop does that goes to collections. */
  readonly gcShare?: number;
  /** Of the app’s archive, all that runs of our own. */
  readonly asarBytes?: number;
  /** Of the Debian package, without Electron’s runtime. */
  readonly installerBytes?: number;
  /** From sources to the package. */
  readonly buildSeconds?: number;
  /** Requests/s as a share of those of the case that it is compared with. */
  readonly toBaseline?: number;
  /** The relay’s processor time for a request as a share of that of the case that it is compared with. */
  readonly cpuToBaseline?: number;
  /** Requests that follow from the CPU time of the busiest process, beside those of one process. */
  readonly busiestToBaseline?: number;
  /** p50 beside that of the case that it is compared with. */
  readonly p50MoreMs?: number;
}

/** What the command line asked of a bench. */
export interface BenchOptions {
  /** Fewer and shorter rounds, smaller transfers: to see that it works, not to compare. */
  readonly quick: boolean;
  readonly rounds: number;
  /** Systems to measure; all when empty. */
  readonly systems: readonly string[];
  readonly say: (line: string) => void;
}

/** A bench gives its figures as medians over its rounds. */
export type Bench = (options: BenchOptions) => Promise<readonly Figure[]>;

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

/** Rounds to four significant digits, enough for any figure here. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
