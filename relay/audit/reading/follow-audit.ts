import { setTimeout as delay } from 'node:timers/promises';
import type { AuditRecord } from '../audit-record.ts';
import { type AuditEntry, type AuditFilters, type AuditOutcome, matches } from './audit-query.ts';
import { lastSeq, openForReading, recordsBetween } from '../open-audit.ts';

/** How records are followed. */
export interface FollowOptions {
  readonly dataDir: string;
  readonly filters: AuditFilters;
  /** From the record after this one on. */
  readonly after: number;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  /** How long a decision waits for its outcome before it is given without. */
  readonly outcomeWithinMs?: number;
}

const recordsAtOnce = 10_000;
/** A request that lasts longer than so many others is no longer waited for. */
const maxWaiting = 100_000;

/**
 * Gives matching records as they are written, until aborted. A decision comes with its outcome, or without after two
 * seconds; one that is asked for by its status waits for as long as it takes.
 */
export async function* followAudit(options: FollowOptions): AsyncGenerator<AuditEntry> {
  const { filters, signal, everyMs = 250, outcomeWithinMs = 2000 } = options;
  const waiting = new Map<string, { readonly entry: AuditEntry; readonly sinceMs: number }>();
  let after = options.after;
  while (!signal.aborted) {
    // Opened each time: a relay that starts anew may have another file, and one at rest can't be followed.
    const database = openForReading(options.dataDir);
    const found: AuditEntry[] = [];
    let isBehind: boolean;
    try {
      const to = Math.min(after + recordsAtOnce, lastSeq(database));
      for (const { seq, payload } of recordsBetween(database, after + 1, to)) {
        const record = JSON.parse(payload) as AuditRecord;
        after = seq;
        if (record.type === 'outcome') found.push(...joined(waiting, record));
        else if (record.type !== 'decision') found.push({ seq, record, outcome: null });
        else waiting.set(record.requestId, { entry: { seq, record, outcome: null }, sinceMs: performance.now() });
      }
      isBehind = after < lastSeq(database);
    } finally {
      database.close();
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
  waiting: Map<string, { readonly entry: AuditEntry; readonly sinceMs: number }>,
  outcome: AuditOutcome,
): readonly AuditEntry[] {
  const decision = waiting.get(outcome.requestId);
  if (decision === undefined) return [];
  waiting.delete(outcome.requestId);
  return [{ ...decision.entry, outcome }];
}
