import type { ProviderVitals } from '../identity/provider-vitals.ts';

/** How an API answered last, and how often it is connected to. Times are milliseconds since the epoch. */
export interface ApiVitals {
  readonly answeredAtMs: number | null;
  /** The last request that the relay had to answer instead; null without one since the start. */
  readonly failure: { readonly atMs: number; readonly code: string; readonly detail: string } | null;
  readonly openConnections: number;
}

/** What one process of a relay knows of itself; plain data. */
export interface ProcessVitals {
  /** Number of the worker; null for a relay of one process, or its primary process. */
  readonly worker: number | null;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly tunnels: number;
  readonly streams: number;
  readonly memoryBytes: number;
  /** How late the event loop was within the last minute or two. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Whether tunnels are told to go elsewhere. */
  readonly draining: boolean;
  readonly providers: readonly ProviderVitals[];
  /** By id; only APIs that something is known of. */
  readonly apis: Readonly<Record<string, ApiVitals>>;
  /** Why what relays share, or keep together, isn’t known; null while it is. */
  readonly sharedProblem: string | null;
}

/** Whether the whole relay is drained, not a worker alone: its own process says so. */
export function isRelayDrained(processes: readonly Pick<ProcessVitals, 'worker' | 'draining'>[]): boolean {
  return processes.some(({ worker, draining }) => worker === null && draining);
}

/** What all processes of a relay know of an API, together; the last failure and answer of all. */
export function apiOf(processes: readonly Pick<ProcessVitals, 'apis'>[], id: string): ApiVitals {
  const known = processes.flatMap(({ apis }) => apis[id] ?? []);
  const answers = known.map(({ answeredAtMs }) => answeredAtMs).filter((atMs) => atMs !== null);
  const failures = known.map(({ failure }) => failure).filter((failure) => failure !== null);
  return {
    answeredAtMs: answers.length === 0 ? null : Math.max(...answers),
    failure: failures.toSorted((one, other) => other.atMs - one.atMs)[0] ?? null,
    openConnections: known.reduce((sum, { openConnections }) => sum + openConnections, 0),
  };
}

/**
 * What the processes know of the providers. Each asks for itself: of each provider, the process that has waited for keys for
 * the longest counts, because people who come to it are the ones who notice.
 */
export function providersOf(processes: readonly Pick<ProcessVitals, 'providers'>[]): readonly ProviderVitals[] {
  const worst = new Map<string, ProviderVitals>();
  for (const provider of processes.flatMap(({ providers }) => providers)) {
    const known = worst.get(provider.issuer);
    if (known === undefined || (provider.keysFetchedAtMs ?? 0) < (known.keysFetchedAtMs ?? 0))
      worst.set(provider.issuer, provider);
  }
  return [...worst.values()];
}
