import type { ConnectVerdict } from '../tunnel/tunnel-peers.ts';

/** Limits that hold over all workers. */
export interface LedgerLimits {
  readonly max_tunnels: number;
  readonly max_tunnels_per_user: number;
}

interface LedgerTunnel {
  readonly worker: number;
  readonly person: string;
  lostAtMs: number | null;
}

/** A WebSocket that is to resume a tunnel may overlap with the one that is lost, so there may be twice as many. */
const connectionsPerTunnel = 2;

/**
 * The tunnels and connections of all workers, for the limits that hold over all of them. Pure: the worker ends the
 * tunnel that gives up its place.
 */
export class TunnelLedger {
  readonly #limits: () => LedgerLimits;
  readonly #tunnels = new Map<string, LedgerTunnel>();
  readonly #tunnelsOf = new Map<string, number>();
  readonly #connectionsOf = new Map<string, number>();
  /** Of each worker by person, to be forgotten with it. */
  readonly #connections = new Map<number, Map<string, number>>();
  readonly #connectionsAt = new Map<number, number>();
  #connectionCount = 0;

  constructor(limits: () => LedgerLimits) {
    this.#limits = limits;
  }

  get tunnels(): number {
    return this.#tunnels.size;
  }

  get connections(): number {
    return this.#connectionCount;
  }

  /** Connections of known persons at one worker. */
  connectionsAt(worker: number): number {
    return this.#connectionsAt.get(worker) ?? 0;
  }

  connect(worker: number, person: string): ConnectVerdict {
    const limits = this.#limits();
    if (this.#connectionCount >= limits.max_tunnels * connectionsPerTunnel) return 'full';
    const ofPerson = this.#connectionsOf.get(person) ?? 0;
    if (ofPerson >= limits.max_tunnels_per_user * connectionsPerTunnel) return 'full-for-person';
    let ofWorker = this.#connections.get(worker);
    if (ofWorker === undefined) this.#connections.set(worker, (ofWorker = new Map()));
    add(ofWorker, person, 1);
    add(this.#connectionsOf, person, 1);
    this.#connectionsAt.set(worker, this.connectionsAt(worker) + 1);
    this.#connectionCount += 1;
    return 'ok';
  }

  disconnect(worker: number, person: string): void {
    const ofWorker = this.#connections.get(worker);
    if (ofWorker?.get(person) === undefined) return;
    add(ofWorker, person, -1);
    add(this.#connectionsOf, person, -1);
    this.#connectionsAt.set(worker, this.connectionsAt(worker) - 1);
    this.#connectionCount -= 1;
  }

  /** Holds a place for a tunnel; the one that must end for it, if any; `full` when none is away. */
  open(
    worker: number,
    person: string,
    sessionId: string,
  ): { readonly status: 'full' } | { readonly status: 'ok'; readonly toEnd: EndedTunnel | null } {
    const limits = this.#limits();
    const fullOfPerson = (this.#tunnelsOf.get(person) ?? 0) >= limits.max_tunnels_per_user;
    let toEnd: EndedTunnel | null = null;
    if (fullOfPerson || this.#tunnels.size >= limits.max_tunnels) {
      toEnd = this.#longestLost(fullOfPerson ? person : undefined);
      if (toEnd === null) return { status: 'full' };
      this.end(toEnd.sessionId);
    }
    this.keep(worker, person, sessionId);
    return { status: 'ok', toEnd };
  }

  /** Counts a tunnel whatever the limits say: one that has a place already. */
  keep(worker: number, person: string, sessionId: string): void {
    if (this.#tunnels.has(sessionId)) return;
    this.#tunnels.set(sessionId, { worker, person, lostAtMs: null });
    add(this.#tunnelsOf, person, 1);
  }

  lost(sessionId: string, atMs: number | null): void {
    const tunnel = this.#tunnels.get(sessionId);
    if (tunnel !== undefined) tunnel.lostAtMs = atMs;
  }

  end(sessionId: string): void {
    const tunnel = this.#tunnels.get(sessionId);
    if (tunnel === undefined) return;
    this.#tunnels.delete(sessionId);
    add(this.#tunnelsOf, tunnel.person, -1);
  }

  /** The worker has ended, and everything of it with it. */
  forget(worker: number): void {
    for (const [sessionId, tunnel] of this.#tunnels) if (tunnel.worker === worker) this.end(sessionId);
    for (const [person, count] of this.#connections.get(worker) ?? []) {
      add(this.#connectionsOf, person, -count);
      this.#connectionCount -= count;
    }
    this.#connections.delete(worker);
    this.#connectionsAt.delete(worker);
  }

  #longestLost(person: string | undefined): EndedTunnel | null {
    let found: EndedTunnel | null = null;
    let foundAtMs = Number.POSITIVE_INFINITY;
    for (const [sessionId, { lostAtMs, worker, person: whose }] of this.#tunnels) {
      if (lostAtMs === null || lostAtMs >= foundAtMs || (person !== undefined && whose !== person)) continue;
      found = { worker, person: whose, sessionId };
      foundAtMs = lostAtMs;
    }
    return found;
  }
}

/** A tunnel that gives up its place. */
export interface EndedTunnel {
  readonly worker: number;
  readonly person: string;
  readonly sessionId: string;
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
