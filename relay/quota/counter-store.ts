import type { RequestLimitConfig } from '../config/config-schema.ts';
import type { CountWindow } from './count-window.ts';

/** One count: of a limit, for whom, in which window. */
export interface Count {
  /** Names the limit and its API; the same on every relay. */
  readonly limitId: string;
  readonly every: RequestLimitConfig['every'];
  /** The caller, or empty for a count that all share. */
  readonly caller: string;
  readonly most: number;
  readonly window: CountWindow;
}

/**
 * Counts requests. Each function may answer at once or with a promise.
 * A promise rejects with AccessError `counters-unavailable` when the store can't be reached in time.
 */
export interface CounterStore {
  /** Counts one request if the window takes it; the number of requests left after it, or -1 when it was full. */
  take(count: Count): number | Promise<number>;
  /** Undoes a `take`, because another limit refused the request. */
  giveBack(count: Count): void;
  /** How many requests the window still takes. */
  left(count: Count): number | Promise<number>;
  close(): Promise<void>;
}

/** What a store has given of a block of requests that were asked for at once. */
export interface Block {
  /** At most as many as were wanted; fewer when the window is nearly full. */
  readonly granted: number;
  /** How many requests the window takes after them. */
  readonly left: number;
}

/** Counts where each question costs a way to another process: many requests are counted by one. Rejects as a {@link CounterStore} does. */
export interface BlockStore {
  take(count: Count, wanted: number): Promise<Block>;
  giveBack(count: Count, requests: number): void;
  left(count: Count): Promise<number>;
  close(): Promise<void>;
}
