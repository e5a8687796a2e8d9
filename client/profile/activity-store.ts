import { type ActivityEntry, type ActivityLog, hasFailed, type RequestCounts } from '../../shared/activity.ts';
import type { LeftOut } from '../tunnel/tunnel-client.ts';
import { createActivityRates, type ActivityRates } from './activity-rates.ts';

/** What came at once: new or completed requests, and what they and those without an entry add to the counts. */
export interface ActivityBatch {
  readonly entries: readonly ActivityEntry[];
  readonly counts: Readonly<Record<string, RequestCounts>>;
}

/** The newest requests of one profile, bounded, how many there were in all, and how fast they come. */
export interface ActivityStore extends Pick<ActivityRates, 'rate' | 'isLively'> {
  /** Adds entries, or completes ones that were pending under the same request id; gives what is new by it. */
  add(entries: readonly ActivityEntry[], leftOut: LeftOut, nowMs: number): ActivityBatch;
  /** Takes in what was kept, here or by another process; it adds to the counts, in the order of time. */
  restore(batch: ActivityBatch): void;
  log(): ActivityLog;
  clear(): void;
}

/** Makes a store of at most `maxEntries`; when full, the oldest make room and stay counted. */
export function createActivityStore(maxEntries = 5_000): ActivityStore {
  const entries = new Map<string, ActivityEntry>();
  const counts = new Map<string, RequestCounts>();
  /** Counted as begun and not ended yet, listed or not. */
  const pending = new Set<string>();
  const rates = createActivityRates();

  function dropOldest(): void {
    while (entries.size > maxEntries) {
      const oldest = entries.keys().next();
      if (oldest.done) return;
      entries.delete(oldest.value);
    }
  }

  /** What one report on a request adds. */
  function addedBy(entry: ActivityEntry): RequestCounts {
    // What was turned away before it was a request is none.
    if (entry.connections !== undefined) return nothing;
    const isNew = !entries.has(entry.requestId) && !pending.has(entry.requestId);
    const ends = isNew || pending.has(entry.requestId);
    if (entry.outcome === 'pending') pending.add(entry.requestId);
    else pending.delete(entry.requestId);
    return {
      requests: isNew ? 1 : 0,
      denied: isNew && entry.decision === 'deny' ? 1 : 0,
      failed: ends && hasFailed(entry) ? 1 : 0,
    };
  }

  return {
    add(added, leftOut, nowMs) {
      const batch = new Map<string, RequestCounts>();
      for (const entry of added) {
        const isEnd = entry.durationMs !== null && (entries.get(entry.requestId)?.durationMs ?? null) === null;
        const more = addedBy(entry);
        rates.add(entry.api, more.requests, isEnd ? entry.durationMs : null, nowMs);
        addTo(batch, entry.api, more);
        entries.set(entry.requestId, entry);
      }
      for (const [api, { count, totalMs, denied, failed }] of Object.entries(leftOut)) {
        rates.addMany(api, count, totalMs, nowMs);
        addTo(batch, api, { requests: count, denied, failed });
      }
      for (const [api, more] of batch) addTo(counts, api, more);
      dropOldest();
      return { entries: added, counts: Object.fromEntries(batch) };
    },
    restore(batch) {
      for (const kept of batch.entries) {
        if (entries.get(kept.requestId)?.outcome === 'pending' || !entries.has(kept.requestId))
          entries.set(kept.requestId, kept.outcome === 'pending' ? { ...kept, outcome: 'unknown' } : kept);
      }
      const inOrder = [...entries.values()].toSorted((one, other) => one.timeMs - other.timeMs);
      entries.clear();
      for (const entry of inOrder) entries.set(entry.requestId, entry);
      for (const [api, more] of Object.entries(batch.counts)) addTo(counts, api, more);
      dropOldest();
    },
    log: () => ({ entries: [...entries.values()], counts: Object.fromEntries(counts) }),
    rate: (api, nowMs) => rates.rate(api, nowMs),
    isLively: (nowMs) => rates.isLively(nowMs),
    clear() {
      entries.clear();
      counts.clear();
      pending.clear();
      rates.clear();
    },
  };
}

const nothing: RequestCounts = { requests: 0, denied: 0, failed: 0 };

function addTo(all: Map<string, RequestCounts>, api: string, more: RequestCounts): void {
  if (more.requests === 0 && more.failed === 0) return;
  const known = all.get(api) ?? nothing;
  all.set(api, {
    requests: known.requests + more.requests,
    denied: known.denied + more.denied,
    failed: known.failed + more.failed,
  });
}
