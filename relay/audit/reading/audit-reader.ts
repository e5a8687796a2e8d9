import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord } from '../audit-record.ts';
import { type AuditIndex, openIndex } from './audit-index.ts';
import { type AuditEntry, type AuditFilters, type AuditOutcome, matches } from './audit-query.ts';
import { candidates, countBits, decisionStart, hasBit, LateOutcomes, mayMatch, outcomeStart } from './candidates.ts';
import { auditFiles } from '../audit-files.ts';
import { createRevealer } from '../keys/revealer.ts';
import { openForReading, recordsBetween } from '../open-audit.ts';
import { firstSeqOf, type Segment, segmentRecords } from './segment.ts';

/** Reads the records of a data folder through their index, as far as they went when it was opened. */
export interface AuditReader {
  readonly index: AuditIndex;
  readonly database: DatabaseSync;
  /** Matching records, the newest first, from the one before `cursor` on back. */
  newestFirst(filters: AuditFilters, cursor?: number): Generator<AuditEntry>;
  /** Matching records in their order, from the one after `cursor` on. */
  inOrder(filters: AuditFilters, cursor?: number): Generator<AuditLines>;
  close(): void;
}

/** An entry as it was recorded: lines of JSON. */
export interface AuditLines {
  readonly seq: number;
  readonly record: string;
  readonly outcome: string | null;
}

/** Opens the audit of a data folder. @throws AccessError `bad-input` when it can't be read */
export function openAuditReader(dataDir: string): AuditReader {
  const database = openForReading(dataDir);
  const revealer = createRevealer(auditFiles(dataDir).keys);
  const index = openIndex(dataDir, database, revealer);
  const select = database.prepare('SELECT payload FROM audit WHERE seq = ?');
  const payloadOf = (seq: number): string | null => {
    const row = select.get(seq);
    return row === undefined ? null : revealer.reveal(String(row['payload']));
  };

  return {
    index,
    database,
    *newestFirst(filters, cursor = index.lastSeq + 1) {
      if (index.range === null) return;
      const late = new LateOutcomes();
      for (let number = index.range.last; number >= index.range.first; number -= 1) {
        const segment = index.segment(number);
        try {
          if (firstSeqOf(number) < cursor && mayMatch(segment, filters)) {
            const found = candidates(segment, filters, late);
            for (let offset = segment.head.last - firstSeqOf(number); offset >= 0; offset -= 1) {
              const seq = firstSeqOf(number) + offset;
              if (seq >= cursor || !hasBit(found, offset)) continue;
              const entry = entryOf(seq, payloadOf, segment, late);
              if (entry !== null && matches(filters, entry.record, entry.outcome)) yield entry;
            }
          }
          late.add(segment.head.late);
        } finally {
          segment.close();
        }
      }
    },
    *inOrder(filters, cursor = 0) {
      if (index.range === null) return;
      const late = new LateOutcomes();
      for (let number = index.range.last; number > index.range.first; number -= 1) {
        const segment = index.segment(number);
        late.add(segment.head.late);
        segment.close();
      }
      for (let number = index.range.first; number <= index.range.last; number += 1) {
        if (firstSeqOf(number + 1) - 1 <= cursor) continue;
        const segment = index.segment(number);
        try {
          if (mayMatch(segment, filters)) yield* linesOf(segment, filters, cursor, late);
        } finally {
          segment.close();
        }
      }
    },
    close() {
      revealer.close();
      database.close();
    },
  };

  /** All records of a segment are read at once where most are wanted, and one by one where few are. */
  function* linesOf(
    segment: Segment,
    filters: AuditFilters,
    cursor: number,
    late: LateOutcomes,
  ): Generator<AuditLines> {
    const first = firstSeqOf(segment.head.segment);
    const found = candidates(segment, filters, late);
    const payloads = countBits(found) > segmentRecords / 16 ? readAll(first, segment.head.last) : null;
    const lineOf = (seq: number): string | null => payloads?.[seq - first] ?? payloadOf(seq);
    const isFiltered = Object.keys(filters).length > 0;
    for (let seq = Math.max(first, cursor + 1); seq <= segment.head.last; seq += 1) {
      if (!hasBit(found, seq - first)) continue;
      const record = lineOf(seq);
      if (record === null || record.startsWith(outcomeStart)) continue;
      const outcomeSeq = record.startsWith(decisionStart) ? (segment.outcomeOf(seq) ?? late.outcomeOf(seq)) : null;
      const outcome = outcomeSeq === null ? null : lineOf(outcomeSeq);
      if (isFiltered && !matches(filters, parse(record), outcome === null ? null : parse(outcome))) continue;
      yield { seq, record, outcome };
    }
  }

  function readAll(first: number, last: number): readonly string[] {
    const payloads: string[] = [];
    for (const { seq, payload } of recordsBetween(database, first, last))
      payloads[seq - first] = revealer.reveal(payload);
    return payloads;
  }
}

function parse<T extends AuditRecord>(line: string): T {
  return JSON.parse(line) as T;
}

function entryOf(
  seq: number,
  payloadOf: (seq: number) => string | null,
  segment: Segment,
  late: LateOutcomes,
): AuditEntry | null {
  const payload = payloadOf(seq);
  if (payload === null || payload.startsWith(outcomeStart)) return null;
  const record = parse<AuditEntry['record']>(payload);
  const outcomeSeq = record.type === 'decision' ? (segment.outcomeOf(seq) ?? late.outcomeOf(seq)) : null;
  const outcome = outcomeSeq === null ? null : payloadOf(outcomeSeq);
  return { seq, record, outcome: outcome === null ? null : parse<AuditOutcome>(outcome) };
}
