import type { SharedRevealer } from '../keys/shared-revealer.ts';
import type { Sql } from '../../storage/postgres/postgres-client.ts';
import {
  type AuditEntry,
  type AuditFilters,
  type AuditOutcome,
  matches,
  termsOfFilters,
} from '../reading/audit-query.ts';
import { buildSegment, segmentInMemory, type WantedTerms } from '../reading/build-segment.ts';
import { candidates, decisionStart, hasBit, LateOutcomes, mayMatch, outcomeStart } from '../reading/candidates.ts';
import type { AuditRecord } from '../audit-record.ts';
import { hasNeedles, needlesOf } from '../reading/needles.ts';
import { beginningsOf, type SearchField } from '../reading/record-terms.ts';
import {
  answersFor,
  firstSeqOf,
  type Segment,
  type SegmentHead,
  segmentOf,
  segmentRecords,
} from '../reading/segment.ts';
import { isPersonalField, type TermKey } from './hidden-terms.ts';
import { bitsOf, termOf } from './index-terms.ts';
import { datesOf, type KnownLog, recordsBetween, recordsOf } from './stored-records.ts';

/** A record of one relay with its outcome, as lines of JSON. */
export interface FoundLines {
  readonly relay: string;
  readonly seq: number;
  readonly timeMs: number;
  readonly record: string;
  readonly outcome: string | null;
}

const segmentsAtOnce = 32;
const recordsAtOnce = 512;
const noBits = new Uint8Array(segmentRecords / 8);

/**
 * Reads one relay's records in PostgreSQL through their index, as far as they went when the log was looked up. What isn't
 * indexed yet is read whole.
 */
export class LogReader {
  readonly log: KnownLog;
  readonly #sql: Sql;
  readonly #revealer: SharedRevealer;
  readonly #key: TermKey | null;

  /** @param key what names in the index are hidden with; null where none are, or this user may not know them */
  constructor(sql: Sql, log: KnownLog, revealer: SharedRevealer, key: TermKey | null) {
    this.#sql = sql;
    this.log = log;
    this.#revealer = revealer;
    this.#key = key;
  }

  /** Matching records, the newest first, from the one before `cursor` on back. */
  async *newestFirst(filters: AuditFilters, cursor = this.log.last + 1): AsyncGenerator<FoundLines> {
    const late = new LateOutcomes();
    for await (const part of this.#parts(filters, 'backwards')) {
      const first = firstSeqOf(part.segment.head.segment);
      if (first < cursor) yield* this.#found(part, filters, late, (seq) => seq < cursor, 'backwards');
      late.add(part.segment.head.late);
    }
  }

  /** Matching records in their order, from the one after `cursor` on. */
  async *inOrder(filters: AuditFilters, cursor = 0): AsyncGenerator<FoundLines> {
    const late = new LateOutcomes();
    for (const head of await this.#lateHeads(cursor)) late.add(head.late);
    for await (const part of this.#parts(filters, 'forwards', cursor))
      yield* this.#found(part, filters, late, (seq) => seq > cursor, 'forwards');
  }

  /** Whether a record has this value in this field. */
  async names(field: SearchField, value: string): Promise<boolean> {
    if (field !== 'request') {
      const found = await this.#sql.query(
        'SELECT 1 FROM audit_term WHERE term = ANY($1) AND relay = $2 AND segment <= $3 LIMIT 1',
        [this.#termsOf(field, value), this.log.relay, this.log.indexedTo],
      );
      if (found.rows.length > 0) return true;
    }
    for await (const _found of this.newestFirst({ [field]: value })) return true;
    return false;
  }

  /** Values of a field in the records that aren't indexed yet. */
  async unindexedValues(field: SearchField): Promise<readonly string[]> {
    const { first, last, indexedTo } = this.log;
    const values: string[] = [];
    for (
      let number = Math.max(indexedTo + 1, segmentOf(first));
      first <= last && number <= segmentOf(last);
      number += 1
    )
      values.push(...(await this.#unindexed(number, null)).segment.values(field));
    return values;
  }

  /** All segments, or those behind a record, with as much of their index as the filters need. */
  async *#parts(filters: AuditFilters, direction: 'forwards' | 'backwards', after = 0): AsyncGenerator<Part> {
    const { first, last, indexedTo } = this.log;
    if (first > last) return;
    const from = segmentOf(Math.max(first, after + 1));
    const to = segmentOf(last);
    const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    if (direction === 'backwards') numbers.reverse();
    let ready: ReadonlyMap<number, Segment> = new Map();
    for (const [index, number] of numbers.entries()) {
      if (number > indexedTo) {
        yield await this.#unindexed(number, filters);
        continue;
      }
      if (!ready.has(number)) {
        const next = numbers.slice(index, index + segmentsAtOnce).filter((one) => one <= indexedTo);
        ready = await this.#indexed(next, filters);
      }
      const segment = ready.get(number);
      yield segment === undefined ? await this.#unindexed(number, filters) : { segment, payloads: undefined };
    }
  }

  /** Reads a segment whole. @param filters what it is to answer; null for all that can be asked */
  async #unindexed(number: number, filters: AuditFilters | null): Promise<Part> {
    const from = firstSeqOf(number);
    const records = await recordsBetween(this.#sql, this.log, from, Math.min(this.log.last, from + segmentRecords - 1));
    const open = await this.#openBefore(number);
    await this.#revealer.prepare(records.map(({ payload }) => payload));
    const built = buildSegment(
      number,
      records,
      () => '',
      (requestId) => open.get(requestId) ?? null,
      { reveal: (line) => this.#revealer.reveal(line), erasures: 0 },
      filters === null ? undefined : wantedBy(filters),
    );
    return { segment: segmentInMemory(built), payloads: new Map(records.map(({ seq, payload }) => [seq, payload])) };
  }

  /** Decisions that wait for their outcome in the segments before. */
  async #openBefore(number: number): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#sql.query(
      'SELECT open FROM audit_segment WHERE relay = $1 AND segment BETWEEN $2 AND $3',
      [this.log.relay, number - segmentsAtOnce, number - 1],
    );
    return new Map(rows.flatMap((row) => JSON.parse(String(row['open'])) as [string, number][]));
  }

  async #lateHeads(after: number): Promise<readonly SegmentHead[]> {
    const { rows } = await this.#sql.query(
      `SELECT head FROM audit_segment WHERE relay = $1 AND segment >= $2 AND head NOT LIKE '%"late":[]%'`,
      [this.log.relay, segmentOf(after + 1)],
    );
    return rows.map((row) => headOf(row));
  }

  async #indexed(numbers: readonly number[], filters: AuditFilters): Promise<ReadonlyMap<number, Segment>> {
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
    const range = [this.log.relay, least, most, ...datesOf(this.log, firstSeqOf(least), firstSeqOf(most + 1) - 1)];
    const heads = await this.#sql.query(
      'SELECT head FROM audit_segment WHERE relay = $1 AND segment BETWEEN $2 AND $3 AND day BETWEEN $4::date AND $5::date',
      range,
    );
    // The deepest beginning of a path that is indexed; what is deeper is compared with each record.
    const wanted = termsOfFilters(filters).flatMap(([field, value]) =>
      this.#termsOf(field, field === 'path' ? (beginningsOf(value).at(-1) ?? value) : value),
    );
    const fields = termsOfFilters(filters).map(([field]) => field);
    const asksForNames = fields.some((field) => isPersonalField(field));
    const bits = new Map<string, Uint8Array>();
    if (wanted.length > 0) {
      const found = await this.#sql.query(
        `SELECT term, segment, posting FROM audit_term WHERE term = ANY($6) AND relay = $1 AND segment BETWEEN $2 AND $3
         AND day BETWEEN $4::date AND $5::date`,
        [...range, wanted],
      );
      for (const row of found.rows)
        bits.set(`${Number(row['segment'])} ${String(row['term'])}`, row['posting'] as Buffer);
    }
    // Names that are hidden with another key, or that an older relay didn't index, can't be looked up: such a segment is read whole.
    const isReadable = ({ hidden, version }: SegmentHead): boolean =>
      (!asksForNames || hidden === undefined || hidden === this.#key?.id) && answersFor(version, fields);
    return new Map(
      heads.rows
        .map(headOf)
        .filter(isReadable)
        .map((head) => {
          const key = head.hidden === undefined ? null : this.#key;
          const segment: Segment = {
            head,
            find(field, value) {
              const posting = field === 'key' ? undefined : bits.get(`${head.segment} ${termOf(field, value, key)}`);
              // The reader marks late outcomes in what it gets.
              return posting === undefined ? null : Uint8Array.from(bitsOf(posting));
            },
            values: () => [],
            outcomeOf: () => null,
            close: () => undefined,
          };
          return [head.segment, segment];
        }),
    );
  }

  /** As a value stands in segments that hide names, and in those that don't. */
  #termsOf(field: SearchField, value: string): readonly string[] {
    const plain = termOf(field, value, null);
    return this.#key === null ? [plain] : [...new Set([plain, termOf(field, value, this.#key)])];
  }

  async *#found(
    { segment, payloads }: Part,
    filters: AuditFilters,
    late: LateOutcomes,
    isWanted: (seq: number) => boolean,
    direction: 'forwards' | 'backwards',
  ): AsyncGenerator<FoundLines> {
    if (!mayMatch(segment, filters)) return;
    const first = firstSeqOf(segment.head.segment);
    const bits = candidates(segment, filters, late);
    if (bits.every((byte) => byte === 0)) return;
    const seqs: number[] = [];
    for (let seq = Math.max(first, segment.head.first); seq <= segment.head.last; seq += 1)
      if (hasBit(bits, seq - first) && isWanted(seq)) seqs.push(seq);
    if (direction === 'backwards') seqs.reverse();
    const isWhole = payloads === undefined && seqs.length > segmentRecords / 16;
    const all = isWhole
      ? new Map(
          (await recordsBetween(this.#sql, this.log, first, segment.head.last)).map(({ seq, payload }) => [
            seq,
            payload,
          ]),
        )
      : payloads;
    const needles = needlesOf(filters);
    let outcomes: Uint8Array | undefined;
    for (let at = 0; at < seqs.length; at += recordsAtOnce) {
      const maybe = seqs.slice(at, at + recordsAtOnce);
      const found = new Map(await this.#lines(maybe, all));
      await this.#revealer.prepare(found.values());
      // Several ids of requests share a term: where outcomes are is looked up only for what is left.
      const some = maybe.filter((seq) => hasNeedles(this.#revealer.reveal(found.get(seq) ?? ''), needles));
      if (some.length === 0) continue;
      if (payloads === undefined) outcomes ??= await this.#outcomes(segment.head);
      const outcomeOf = (seq: number): number | null => {
        const inSegment = outcomes === undefined ? segment.outcomeOf(seq) : storedOutcome(outcomes, segment.head, seq);
        return inSegment ?? late.outcomeOf(seq);
      };
      const ends = some.map(outcomeOf).filter((seq) => seq !== null);
      for (const [seq, line] of await this.#lines(ends, all)) found.set(seq, line);
      const lineOf = (seq: number): string | null => found.get(seq) ?? null;
      for (const seq of some) {
        const lines = this.#linesOf(seq, lineOf, outcomeOf, filters);
        if (lines !== null) yield lines;
      }
    }
  }

  /** These records: out of those that were read already, or from PostgreSQL. */
  async #lines(
    seqs: readonly number[],
    all: ReadonlyMap<number, string> | undefined,
  ): Promise<readonly (readonly [number, string])[]> {
    const missing = seqs.filter((seq) => all?.has(seq) !== true);
    const rest = await recordsOf(this.#sql, this.log, missing);
    return seqs.flatMap((seq) => {
      const line = all?.get(seq) ?? rest.get(seq);
      return line === undefined ? [] : [[seq, line] as const];
    });
  }

  #linesOf(
    seq: number,
    lineOf: (seq: number) => string | null,
    outcomeOf: (seq: number) => number | null,
    filters: AuditFilters,
  ): FoundLines | null {
    const stored = lineOf(seq);
    if (stored === null || stored.startsWith(outcomeStart)) return null;
    const record = this.#revealer.reveal(stored);
    const outcomeSeq = record.startsWith(decisionStart) ? outcomeOf(seq) : null;
    const outcome = outcomeSeq === null ? null : lineOf(outcomeSeq);
    const isFiltered = Object.keys(filters).length > 0;
    if (isFiltered && !matches(filters, parse(record), outcome === null ? null : parse(outcome))) return null;
    return { relay: this.log.relay, seq, timeMs: timeOf(record), record, outcome };
  }

  async #outcomes({ segment }: SegmentHead): Promise<Uint8Array> {
    const { rows } = await this.#sql.query('SELECT outcomes FROM audit_segment WHERE relay = $1 AND segment = $2', [
      this.log.relay,
      segment,
    ]);
    return (rows[0]?.['outcomes'] as Buffer | undefined) ?? noBits;
  }
}

function wantedBy(filters: AuditFilters): WantedTerms {
  return { fields: new Set(termsOfFilters(filters).map(([field]) => field)), needles: needlesOf(filters) };
}

interface Part {
  readonly segment: Segment;
  /** Its records, where they had to be read. */
  readonly payloads: ReadonlyMap<number, string> | undefined;
}

function headOf(row: Readonly<Record<string, unknown>>): SegmentHead {
  return JSON.parse(String(row['head'])) as SegmentHead;
}

function storedOutcome(outcomes: Uint8Array, head: SegmentHead, seq: number): number | null {
  const first = firstSeqOf(head.segment);
  const at = (seq - first) * 2;
  const offset = (outcomes[at] ?? 0) | ((outcomes[at + 1] ?? 0) << 8);
  return offset === 0 ? null : first + offset - 1;
}

function parse<Parsed extends AuditEntry['record'] | AuditOutcome>(line: string): Parsed {
  return JSON.parse(line) as Parsed;
}

function timeOf(record: string): number {
  const [, timeMs] = /"timeMs":(\d{1,16})/.exec(record) ?? [];
  return timeMs === undefined ? Number((JSON.parse(record) as AuditRecord).timeMs) : Number(timeMs);
}
