import { backoffMs } from '../../shared/backoff.ts';
import { defaultBackoff, type ReconnectBackoff } from '../../shared/tunnel/reconnect-backoff.ts';

/** Longest delay between attempts while somebody waits for the tunnel. */
const longestAwaitedMs = 3000;

/** When a tunnel is dialed next: later and later while attempts fail, sooner when somebody waits. */
export class Attempts {
  readonly #dial: () => void;
  readonly #backoff: ReconnectBackoff;
  #timer: NodeJS.Timeout | undefined;
  #failed = 0;
  #nextAtMs = 0;
  #openedAtMs = 0;

  constructor(dial: () => void, backoff: ReconnectBackoff = defaultBackoff) {
    this.#dial = dial;
    this.#backoff = backoff;
  }

  /** Attempts that failed in a row. */
  get failed(): number {
    return this.#failed;
  }

  /** Whether an attempt is still to come. */
  get isScheduled(): boolean {
    return this.#timer !== undefined;
  }

  /** When the next attempt comes, or the last one came. */
  get nextAtMs(): number {
    return this.#nextAtMs;
  }

  /** What failed so far counts no longer. */
  startOver(): void {
    this.#failed = 0;
  }

  didOpen(nowMs: number): void {
    this.#openedAtMs = nowMs;
  }

  /**
   * Counts a failed attempt, or a link that broke, and says how long to wait, in milliseconds.
   * @param retryAfterMs what the relay asks for, if it does
   */
  didFail(nowMs: number, retryAfterMs: number | null, isAwaited: boolean): number {
    const { longestMs, stableAfterMs } = this.#backoff;
    if (this.#openedAtMs > 0 && nowMs - this.#openedAtMs >= stableAfterMs) this.#failed = 0;
    this.#openedAtMs = 0;
    const backoff = { ...this.#backoff, longestMs: isAwaited ? Math.min(longestAwaitedMs, longestMs) : longestMs };
    const delayMs = Math.max(retryAfterMs ?? 0, Math.floor(backoffMs(this.#failed, backoff)));
    this.#failed += 1;
    return delayMs;
  }

  /** The one scheduled attempt comes after this delay, milliseconds. */
  schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#nextAtMs = Date.now() + delayMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#dial();
    }, delayMs);
  }

  /** An attempt that is far off comes sooner, because somebody waits now; says whether it does. */
  hurry(): boolean {
    if (this.#timer === undefined || this.#nextAtMs - Date.now() <= longestAwaitedMs) return false;
    this.schedule(Math.floor(Math.random() * longestAwaitedMs));
    return true;
  }

  /** Schedules an attempt as if it were the first. */
  scheduleFirst(): void {
    this.schedule(Math.floor(backoffMs(0, this.#backoff)));
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
