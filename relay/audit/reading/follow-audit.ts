import { setTimeout as delay } from 'node:timers/promises';
import { auditFiles } from '../audit-files.ts';
import type { AuditRecord } from '../audit-record.ts';
import { type AuditFilters, type AuditOutcome, matches } from './audit-query.ts';
import type { SourcedEntry } from './audit-source.ts';
import { createRevealer } from '../keys/revealer.ts';
import { lastSeq, openForReading, recordsBetween, type StoredRecord } from '../open-audit.ts';

/** How records are followed. */
export interface FollowOptions {
  readonly filters: AuditFilters;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  /** How long a decision waits for its outcome before it is given without. */
  readonly outcomeWithinMs?: number;
}

/** A record as it was written, with its relay where there are several. */
export interface FedRecord extends StoredRecord {
  readonly relay?: string;
}

/** Some records, and whether there are more already. */
export interface FoundRecords {
  readonly records: readonly FedRecord[];
  readonly isBehind: boolean;
}

/** Answers some of the records that were written since it was last asked. */
export type RecordFeed = () => Promise<FoundRecords>;

const recordsAtOnce = 10_000;
/** A request that lasts longer than so many others is no longer waited for. */
const maxWaiting = 100_000;

/** Follows the audit of a data folder from the record after `after` on. */
export function followAudit({
  dataDir,
  after,
  ...options
}: FollowOptions & { readonly dataDir: string; readonly after: number }): AsyncGenerator<SourcedEntry> {
  let at = after;
  return followRecords(() => {
    const { next, ...found } = recordsAfter(dataDir, at);
    at = next;
    return Promise.resolve(found);
  }, options);
}

/** Some of the records of a data folder after one, as they were written, and up to where they go. */
export function recordsAfter(dataDir: string, after: number): FoundRecords & { readonly next: number } {
  // Opened each time: a relay that starts anew may have another file, and one at rest can't be followed.
  const database = openForReading(dataDir);
  const revealer = createRevealer(auditFiles(dataDir).keys);
  try {
    const last = lastSeq(database);
    const stored = recordsBetween(database, after + 1, Math.min(after + recordsAtOnce, last));
    const records = Array.from(stored, ({ seq, payload }) => ({ seq, payload: revealer.reveal(payload) }));
    const next = records.at(-1)?.seq ?? after;
    return { records, isBehind: next < last, next };
  } finally {
    revealer.close();
    database.close();
  }
}

/**
 * Gives matching records as they are written, until aborted. A decision comes with its outcome, or without after two
 * seconds; one that is asked for by its status waits for as long as it takes.
 */
export async function* followRecords(feed: RecordFeed, options: FollowOptions): AsyncGenerator<SourcedEntry> {
  const { filters, signal, everyMs = 250, outcomeWithinMs = 2000 } = options;
  const waiting = new Map<string, { readonly entry: SourcedEntry; readonly sinceMs: number }>();
  while (!signal.aborted) {
    const { records, isBehind } = await feed();
    const found: SourcedEntry[] = [];
    for (const { payload, ...place } of records) {
      const record = JSON.parse(payload) as AuditRecord;
      if (record.type === 'outcome') found.push(...joined(waiting, record));
      else if (record.type !== 'decision') found.push({ ...place, record, outcome: null });
      else waiting.set(record.requestId, { entry: { ...place, record, outcome: null }, sinceMs: performance.now() });
    }
    for (const [requestId, { entry, sinceMs }] of waiting) {
      const isFresh = filters.status !== undefined || performance.now() - sinceMs < outcomeWithinMs;
      if (isFresh && waiting.size <= maxWaiting) break;
      waiting.delete(requestId);
      found.push(entry);
    }
    for (const entry of found) if (matches(filters, entry.record, entry.outcome)) yield entry;
    if (!isBehind) await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

function joined(
  waiting: Map<string, { readonly entry: SourcedEntry; readonly sinceMs: number }>,
  outcome: AuditOutcome,
): readonly SourcedEntry[] {
  const decision = waiting.get(outcome.requestId);
  if (decision === undefined) return [];
  waiting.delete(outcome.requestId);
  return [{ ...decision.entry, outcome }];
}
