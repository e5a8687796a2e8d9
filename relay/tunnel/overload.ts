import { totalmem } from 'node:os';
import { reason, type Reason } from '../../shared/reason.ts';
import type { LimitsConfig } from '../config/config-schema.ts';
import { FairBudget } from './fair-budget.ts';
import type { TunnelSession } from './tunnel-session.ts';

const lookEveryMs = 100;
/** The CPU counts as overloaded after as many late looks in a row: one pause is no overload. */
const lateLooks = 3;
/** With fewer requests under way, lateness is the machine’s and not the callers’. */
const minRequests = 100;

/** What the looks measure; injected in tests. */
export interface OverloadProbes {
  readonly now: () => number;
  /** Memory of the process, bytes. */
  readonly memoryBytes: () => number;
  /** What the process may use at most where the config doesn’t say it, bytes. */
  readonly availableBytes: () => number;
}

const realProbes: OverloadProbes = {
  now: () => performance.now(),
  memoryBytes: () => process.memoryUsage.rss(),
  availableBytes: () => Math.min(process.constrainedMemory() || Infinity, totalmem()),
};

/**
 * Refuses new work early, before memory or time run out, and first that of whoever causes the most: by bytes kept for
 * all tunnels, requests under way, memory of the process and lateness of the event loop.
 */
export class Overload {
  /** Bytes that tunnels keep. */
  readonly bytes: FairBudget;
  /** Bytes that windows have grown by: what may come besides, if all readers stall at once. */
  readonly growth: FairBudget;
  /** Requests under way. */
  readonly requests: FairBudget;
  readonly #maxMemoryBytes: number;
  readonly #maxDelayMs: number;
  readonly #probes: OverloadProbes;
  readonly #timer: NodeJS.Timeout;
  #lookedAtMs: number;
  #late = 0;
  #outOfMemory = false;

  constructor(limits: LimitsConfig, probes: OverloadProbes = realProbes) {
    this.bytes = new FairBudget(limits.max_buffered_bytes);
    this.growth = new FairBudget(limits.max_buffered_bytes / 4);
    this.requests = new FairBudget(limits.max_requests);
    this.#maxDelayMs = limits.max_delay_ms;
    this.#probes = probes;
    this.#maxMemoryBytes = limits.max_memory_bytes ?? Math.floor(probes.availableBytes() * 0.8);
    this.#lookedAtMs = probes.now();
    this.#timer = setInterval(() => this.look(), lookEveryMs);
    this.#timer.unref();
  }

  /** Measures; called ten times a second. */
  look(): void {
    const nowMs = this.#probes.now();
    this.#late = nowMs - this.#lookedAtMs - lookEveryMs > this.#maxDelayMs ? this.#late + 1 : 0;
    this.#lookedAtMs = nowMs;
    this.#outOfMemory = this.#probes.memoryBytes() > this.#maxMemoryBytes;
  }

  /** New requests are refused for want of memory or time. */
  get isOverloaded(): boolean {
    return this.#outOfMemory || (this.#late >= lateLooks && this.requests.used > minRequests);
  }

  /** Why the relay takes no new tunnel; null when it does. */
  refusesTunnel(): Reason | null {
    return this.#outOfMemory ? reason('no-memory-tunnels') : null;
  }

  /** Why a tunnel gets no further connection; null when it does. */
  refusesConnection({ memory }: TunnelSession): Reason | null {
    if (this.#outOfMemory || !memory.takesMore) return reason('no-memory-connections');
    return null;
  }

  /** Why a request that has begun is not taken on; null when it is. */
  refusesRequest({ memory, exchanges }: TunnelSession): Reason | null {
    if (!exchanges.fits) return reason('relay-full', { count: exchanges.size });
    if (this.#outOfMemory || !memory.takesMore) return reason('no-memory');
    if (this.#late >= lateLooks && this.requests.used > minRequests) {
      return reason('too-busy');
    }
    return null;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
