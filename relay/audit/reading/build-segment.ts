import type { AuditRecord } from '../audit-record.ts';
import { type Revealer, revealWithoutKeys } from '../keys/revealer.ts';
import type { StoredRecord } from '../open-audit.ts';
import { hasNeedles } from './needles.ts';
import { type OutcomeField, termsOf, termsOfOutcome } from './record-terms.ts';
import {
  bitmapBytes,
  firstSeqOf,
  type IndexField,
  indexedValue,
  type LateOutcome,
  listedValue,
  postingBytes,
  readSegment,
  type Segment,
  type SegmentHead,
  segmentRecords,
  segmentVersion,
  setBit,
} from './segment.ts';

/** Finds the decision of a request in the segments before; `null` when it isn't there, or has its outcome. */
export type FindOpenDecision = (requestId: string) => number | null;

/** A segment as it is written to a file. */
export interface BuiltSegment {
  readonly head: SegmentHead;
  readonly body: Buffer;
}

const withoutKeys = { reveal: revealWithoutKeys, erasures: 0 };

/** What an index is made for, when it is to answer one question alone. */
export interface WantedTerms {
  readonly fields: ReadonlySet<IndexField>;
  /** Only of records whose line has all of these. */
  readonly needles: readonly string[];
}

/** Makes the index of one segment from its records, in their order. */
export function buildSegment(
  segment: number,
  records: Iterable<StoredRecord>,
  lastHash: (seq: number) => string,
  findOpenDecision: FindOpenDecision,
  { reveal, erasures }: Pick<Revealer, 'reveal'> & { readonly erasures: number } = withoutKeys,
  wanted?: WantedTerms,
): BuiltSegment {
  const postings = new Map<IndexField, Map<string, number[]>>();
  const decisions = new Map<string, number>();
  const outcomes = new Uint16Array(segmentRecords);
  const late: LateOutcome[] = [];
  const first = firstSeqOf(segment);
  let from: number | null = null;
  let last = first - 1;
  let minTimeMs = Number.MAX_SAFE_INTEGER;
  let maxTimeMs = 0;

  const note = (offset: number) => (field: IndexField, whole: string) => {
    if (wanted?.fields.has(field) === false) return;
    const value = indexedValue(field, whole);
    let values = postings.get(field);
    if (values === undefined) postings.set(field, (values = new Map()));
    const offsets = values.get(value);
    if (offsets === undefined) values.set(value, [offset]);
    else offsets.push(offset);
  };

  for (const { seq, payload } of records) {
    const offset = seq - first;
    const line = reveal(payload, (key) => note(offset)('key', key));
    const { type, requestId, timeMs } = outlineOf(line);
    from ??= seq;
    last = seq;
    if (timeMs < minTimeMs) minTimeMs = timeMs;
    if (timeMs > maxTimeMs) maxTimeMs = timeMs;
    if (type !== 'outcome') {
      if (wanted === undefined || (wanted.fields.size > 0 && hasNeedles(line, wanted.needles)))
        termsOf(parse(line), note(offset));
      if (type === 'decision') decisions.set(requestId, offset);
      continue;
    }
    const decision = decisions.get(requestId);
    if (decision === undefined) {
      const earlier = findOpenDecision(requestId);
      if (earlier === null) continue;
      const terms: [OutcomeField, string][] = [];
      termsOfOutcome(parse(line), (field, value) => terms.push([field, value]));
      late.push({ decision: earlier, outcome: seq, terms });
    } else {
      decisions.delete(requestId);
      outcomes[decision] = offset + 1;
      if (wanted === undefined || wanted.fields.has('status') || wanted.fields.has('code'))
        termsOfOutcome(parse(line), note(decision));
    }
  }
  const written = writePostings(postings);
  const head: SegmentHead = {
    version: segmentVersion,
    segment,
    first: from ?? first,
    last,
    hash: last < first ? '' : lastHash(last),
    ...(erasures === 0 ? {} : { erasures }),
    minTimeMs,
    maxTimeMs,
    late,
    open: [...decisions].map(([requestId, offset]) => [requestId, first + offset]),
    fields: written.fields,
    postings: written.postingsAt,
    outcomes: written.body.length,
  };
  return { head, body: Buffer.concat([written.body, Buffer.from(outcomes.buffer)]) };
}

// As `auditLine` writes requests, which nearly all records are of.
const ofRequest = /^\{"type":"(decision|outcome)","requestId":"([^"\\]*)","timeMs":(\d{1,15}),/;

/** What of a record has to be known to put decisions and outcomes together. */
function outlineOf(line: string): { readonly type: string; readonly requestId: string; readonly timeMs: number } {
  const [, type, requestId, timeMs] = ofRequest.exec(line) ?? [];
  if (type !== undefined && requestId !== undefined) return { type, requestId, timeMs: Number(timeMs) };
  const record: AuditRecord = parse(line);
  return { type: record.type, requestId: 'requestId' in record ? record.requestId : '', timeMs: record.timeMs };
}

function parse<Parsed extends AuditRecord>(line: string): Parsed {
  return JSON.parse(line) as Parsed;
}

/** The same segment without a file. */
export function segmentInMemory({ head, body }: BuiltSegment): Segment {
  return readSegment(head, (start, length) => body.subarray(start, start + length));
}

function writePostings(postings: ReadonlyMap<IndexField, ReadonlyMap<string, readonly number[]>>): {
  readonly fields: SegmentHead['fields'];
  readonly postingsAt: number;
  readonly body: Buffer;
} {
  const lists: Buffer[] = [];
  const parts: Buffer[] = [];
  const fields: Partial<Record<IndexField, readonly [number, number]>> = {};
  let listsLength = 0;
  let start = 0;
  for (const [field, values] of postings) {
    let list = '\n';
    for (const [value, offsets] of values) {
      list += `${listedValue(value)}\t${start}\t${offsets.length}\n`;
      const part = postingOf(offsets);
      parts.push(part);
      start += part.length;
    }
    const bytes = Buffer.from(list);
    lists.push(bytes);
    fields[field] = [listsLength, bytes.length];
    listsLength += bytes.length;
  }
  return { fields, postingsAt: listsLength, body: Buffer.concat([...lists, ...parts]) };
}

function postingOf(offsets: readonly number[]): Buffer {
  const posting = Buffer.alloc(postingBytes(offsets.length));
  if (posting.length === bitmapBytes) for (const offset of offsets) setBit(posting, offset);
  else for (const [index, offset] of offsets.entries()) posting.writeUInt16LE(offset, index * 2);
  return posting;
}
