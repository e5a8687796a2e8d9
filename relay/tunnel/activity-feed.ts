import { type ActivityEntry, hasFailed } from '../../shared/activity.ts';

const intervalMs = 250;
/** A hundred a second: more than anybody can read, and little beside the requests themselves. */
const maxEntriesPerInterval = 25;

/**
 * Requests that got no entry of their own, by API: how many, how long they took together, and how many of them were
 * denied or failed.
 */
export type LeftOut = Record<string, { count: number; totalMs: number; denied: number; failed: number }>;

/** What is counted of a request. */
export type Countable = Pick<ActivityEntry, 'api' | 'decision' | 'status' | 'outcome' | 'durationMs'>;

/** A request under way; gives its entry once, if it is worth one. */
export interface UnderWay {
  takePendingEntry(): ActivityEntry | null;
}

/**
 * A session's own requests on their way to its window: batched, and thinned above a rate that nobody can read; what
 * is left out is counted. Denials come before allowed requests. One that takes longer than an interval is shown
 * while it is under way, and then always when it has ended.
 */
export class ActivityFeed {
  readonly #send: (entries: ActivityEntry[], leftOut: LeftOut) => void;
  readonly #underWay: () => Iterable<UnderWay>;
  #entries: ActivityEntry[] = [];
  #leftOut: LeftOut = {};
  #timer: NodeJS.Timeout | null = null;

  constructor(
    send: (entries: ActivityEntry[], leftOut: LeftOut) => void,
    underWay: () => Iterable<UnderWay> = () => [],
  ) {
    this.#send = send;
    this.#underWay = underWay;
  }

  /** Whether an allowed request that nobody has seen yet should be left out. */
  get full(): boolean {
    return this.#entries.length >= maxEntriesPerInterval;
  }

  /** A request has begun: if it lasts, it is shown. */
  didBegin(): void {
    this.#timer ??= setTimeout(() => this.#flush(), intervalMs);
  }

  /** Takes an entry; `mustShow` is for requests that are shown as under way. */
  push(entry: ActivityEntry, mustShow: boolean): void {
    const most = entry.decision === 'deny' ? maxEntriesPerInterval * 2 : maxEntriesPerInterval;
    if (this.#entries.length >= most && !mustShow) this.leaveOut(entry);
    else this.#entries.push(entry);
    this.didBegin();
  }

  /** Counts a request that gets no entry. */
  leaveOut(request: Countable): void {
    const counts = (this.#leftOut[request.api] ??= { count: 0, totalMs: 0, denied: 0, failed: 0 });
    counts.count += 1;
    counts.totalMs += request.durationMs ?? 0;
    if (request.decision === 'deny') counts.denied += 1;
    else if (hasFailed(request)) counts.failed += 1;
    this.didBegin();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#entries = [];
    this.#leftOut = {};
  }

  #flush(): void {
    this.#timer = null;
    let waits = false;
    for (const request of this.#underWay()) {
      if (this.full) {
        waits = true;
        break;
      }
      const entry = request.takePendingEntry();
      if (entry !== null) this.#entries.push(entry);
      else waits = true;
    }
    const [entries, leftOut] = [this.#entries, this.#leftOut];
    this.#entries = [];
    this.#leftOut = {};
    if (entries.length > 0 || Object.keys(leftOut).length > 0) this.#send(entries, leftOut);
    if (waits) this.didBegin();
  }
}
