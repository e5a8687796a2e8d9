import type { ActivityEntry } from '../../shared/activity.ts';

const intervalMs = 200;
const maxEntriesPerInterval = 200;

/**
 * A session's own requests on their way to its window: batched, and thinned above a rate that nobody can read.
 * Denials are never dropped before allowed requests.
 */
export class ActivityFeed {
  readonly #send: (entries: ActivityEntry[], dropped: number) => void;
  #entries = new Map<string, ActivityEntry>();
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(send: (entries: ActivityEntry[], dropped: number) => void) {
    this.#send = send;
  }

  /** Whether an allowed request is worth an entry now; lets the caller save making one. */
  get full(): boolean {
    return this.#entries.size >= maxEntriesPerInterval;
  }

  /** Later entries of the same request replace earlier ones. */
  push(entry: ActivityEntry): void {
    if (this.full && entry.decision === 'allow' && !this.#entries.has(entry.requestId)) {
      this.#dropped += 1;
      return;
    }
    if (this.#entries.size >= maxEntriesPerInterval * 2 && !this.#entries.has(entry.requestId)) {
      this.#dropped += 1;
      return;
    }
    this.#entries.set(entry.requestId, entry);
    this.#timer ??= setTimeout(() => this.#flush(), intervalMs);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#entries.clear();
  }

  #flush(): void {
    this.#timer = null;
    const entries = [...this.#entries.values()];
    const dropped = this.#dropped;
    this.#entries = new Map();
    this.#dropped = 0;
    this.#send(entries, dropped);
  }
}
