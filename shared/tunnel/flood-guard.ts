import { ProtocolError } from './frame-codec.ts';
import { closeCode } from './protocol.ts';

/** How much may be asked for at once, and how much more each second. */
export const floodBurst = 2000;
export const floodPerSecond = 1000;
/** A control message costs as much as this many cheap frames. */
export const controlCost = 5;

/**
 * Bounds what costs a peer next to nothing and us work: streams that are opened and reset, pings, control messages
 * (the HTTP/2 rapid reset of CVE-2023-44487 in this protocol's terms). A token bucket; the clock is an argument.
 */
export class FloodGuard {
  readonly #now: () => number;
  #left = floodBurst;
  #countedAtMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#countedAtMs = now();
  }

  /** @throws ProtocolError with `closeCode.tooMuch` when the peer does this too often */
  spend(cost: number): void {
    this.#left -= cost;
    if (this.#left >= 0) return;
    const now = this.#now();
    const earned = (Math.max(0, now - this.#countedAtMs) * floodPerSecond) / 1000;
    this.#countedAtMs = now;
    this.#left = Math.min(floodBurst, this.#left + earned);
    if (this.#left < 0) {
      throw new ProtocolError('The peer opens, resets, pings or tells too often.', { closeCode: closeCode.tooMuch });
    }
  }
}
