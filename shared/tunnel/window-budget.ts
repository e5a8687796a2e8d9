import type { SharedMemory } from './multiplexer-options.ts';
import { initialWindowBytes } from './protocol.ts';

/** How far receive windows of one tunnel may grow: each alone, and all together beyond their beginning. */
export class WindowBudget {
  readonly #memory: SharedMemory | undefined;
  readonly #maxGrowthBytes: number;
  #maxWindowBytes: number;
  #initialBytes: number;
  #growth = 0;

  constructor(maxWindowBytes: number, maxGrowthBytes: number, memory: SharedMemory | undefined) {
    this.#maxWindowBytes = maxWindowBytes;
    this.#initialBytes = Math.min(initialWindowBytes, maxWindowBytes);
    this.#maxGrowthBytes = maxGrowthBytes;
    this.#memory = memory;
  }

  /** Credit that streams begin with; both sides know it before the first stream. */
  get initialBytes(): number {
    return this.#initialBytes;
  }

  /** Before the first stream: the relay begins streams with no more credit than this. */
  limit(maxWindowBytes: number): void {
    if (maxWindowBytes >= initialWindowBytes) return;
    this.#initialBytes = maxWindowBytes;
    this.#maxWindowBytes = maxWindowBytes;
  }

  /** By how many of these bytes a window of this size may grow; they are taken. */
  take(windowBytes: number, bytes: number): number {
    if (this.#memory?.mayGrow === false) return 0;
    const room = Math.min(bytes, this.#maxWindowBytes - windowBytes, this.#maxGrowthBytes - this.#growth);
    const granted = Math.max(0, room);
    this.#growth += granted;
    this.#memory?.didGrow(granted);
    return granted;
  }

  /** A stream with a window of this size is closed. */
  giveBack(windowBytes: number): void {
    const grown = windowBytes - this.#initialBytes;
    this.#growth -= grown;
    this.#memory?.didGrow(-grown);
  }
}
