import type { AuditRecord } from '../audit-record.ts';
import type { AuditOutcome } from './audit-query.ts';
import { type Revealer, revealWithoutKeys } from '../keys/revealer.ts';
import type { StoredRecord } from '../open-audit.ts';
import { hasNeedles } from './needles.ts';
import { beginningsOf, type OutcomeField, termsOf, termsOfOutcome } from './record-terms.ts';
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
import { decisionLine, outcomeLine } from './usual-lines.ts';

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

  const offsetsOf = (field: IndexField, whole: string): number[] => {
    const value = indexedValue(field, whole);
    let values = postings.get(field);
    if (values === undefined) postings.set(field, (values = new Map()));
    let offsets = values.get(value);
    if (offsets === undefined) values.set(value, (offsets = []));
    return offsets;
  };
  const note = (offset: number) => (field: IndexField, whole: string) => {
    if (wanted?.fields.has(field) !== false) offsetsOf(field, whole).push(offset);
  };

  /** Where a decision is noted like each that differs from it in id, time and path alone: nearly all do from some other. */
  const usual = new Map<string, number[][]>();
  const noteDecision = (line: string, { requestId, restAt }: Outline, offset: number): void => {
    const found = decisionLine(line, restAt);
    const known = found === null ? undefined : usual.get(found.rest);
    if (found === null || known === undefined) {
      const lists: number[][] = [];
      termsOf(parse(line), (field, value) => {
        const offsets = offsetsOf(field, value);
        offsets.push(offset);
        if (field !== 'request' && field !== 'path') lists.push(offsets);
      });
      if (found !== null && usual.size < maxUsual) usual.set(found.rest, lists);
      return;
    }
    for (const offsets of known) offsets.push(offset);
    if (requestId !== '') offsetsOf('request', requestId).push(offset);
    for (const beginning of beginningsOf(found.path)) offsetsOf('path', beginning).push(offset);
  };

  for (const { seq, payload } of records) {
    const offset = seq - first;
    const line = reveal(payload, (key) => note(offset)('key', key));
    const outline = outlineOf(line);
    const { type, requestId, timeMs, status } = outline;
    from ??= seq;
    last = seq;
    if (timeMs < minTimeMs) minTimeMs = timeMs;
    if (timeMs > maxTimeMs) maxTimeMs = timeMs;
    if (type !== 'outcome') {
      if (wanted === undefined && type === 'decision') noteDecision(line, outline, offset);
      else if (wanted === undefined || (wanted.fields.size > 0 && hasNeedles(line, wanted.needles)))
        termsOf(parse(line), note(offset));
      if (type === 'decision') decisions.set(requestId, offset);
      continue;
    }
    const decision = decisions.get(requestId);
    if (decision === undefined) {
      const earlier = findOpenDecision(requestId);
      if (earlier === null) continue;
      const terms: [OutcomeField, string][] = [];
      termsOfOutcome(parse<AuditOutcome>(line), (field, value) => terms.push([field, value]));
      late.push({ decision: earlier, outcome: seq, terms });
    } else {
      decisions.delete(requestId);
      outcomes[decision] = offset + 1;
      if (wanted === undefined || wanted.fields.has('status') || wanted.fields.has('code'))
        termsOfOutcome(status === null ? parse<AuditOutcome>(line) : { status }, note(decision));
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

/** So many kinds of decisions of one segment are kept. */
const maxUsual = 4096;

// As `auditLine` writes requests, which nearly all records are of.
const ofRequest = /^\{"type":"(decision|outcome)","requestId":"([^"\\]*)","timeMs":(\d{1,15}),/;

interface Outline {
  readonly type: string;
  readonly requestId: string;
  readonly timeMs: number;
  /** Of an outcome, when that is all that it is found by. */
  readonly status: number | null;
  /** What of the line comes behind these, for a request. */
  readonly restAt: number;
}

/** What of a record has to be known to put decisions and outcomes together. */
function outlineOf(line: string): Outline {
  const ended = outcomeLine(line);
  if (ended !== null) return { type: 'outcome', ...ended, restAt: line.length };
  const [whole = '', type, requestId, timeMs] = ofRequest.exec(line) ?? [];
  if (type !== undefined && requestId !== undefined)
    return { type, requestId, timeMs: Number(timeMs), status: null, restAt: whole.length };
  const record: AuditRecord = parse(line);
  const id = 'requestId' in record ? record.requestId : '';
  // The whole line counts as what it says: nobody knows where its id ends.
  return { type: record.type, requestId: id, timeMs: record.timeMs, status: null, restAt: 0 };
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
