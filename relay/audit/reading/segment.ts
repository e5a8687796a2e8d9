import type { OutcomeField, SearchField } from './record-terms.ts';

/**
 * Records in a segment: segment n has those from n × 32,768 + 1 on. As many as two bytes tell apart, with one bit to
 * spare, and few enough that those after the last whole segment are read in no time.
 */
export const segmentRecords = 32_768;
export const bitmapBytes = segmentRecords / 8;

/** The segment that a record is in. */
export const segmentOf = (seq: number): number => Math.floor((seq - 1) / segmentRecords);
/** The first record of a segment. */
export const firstSeqOf = (segment: number): number => segment * segmentRecords + 1;

/** An outcome that stands in this segment, of a decision that stands in an earlier one. */
export interface LateOutcome {
  readonly decision: number;
  readonly outcome: number;
  readonly terms: readonly (readonly [OutcomeField, string])[];
}

/** What a segment's file begins with, as a line of JSON. Byte ranges are counted from the line's end. */
export interface SegmentHead {
  readonly version: number;
  readonly segment: number;
  /** Number of the first record that was there when it was made: those before it had been cut. */
  readonly first: number;
  /** Number of its last record. */
  readonly last: number;
  /** SHA-256 of that record, in hex: a segment of another audit is not this one's. */
  readonly hash: string;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** How many keys had been thrown away when it was made; none when left out. */
  readonly erasures?: number;
  /** In PostgreSQL: name of the key that names in it are hidden with; left out when they aren't. */
  readonly hidden?: string;
  readonly late: readonly LateOutcome[];
  /** Decisions without an outcome in this segment: request id and number. */
  readonly open: readonly (readonly [string, number])[];
  /** Where each field's list of values is: lines of value, tab, start, tab, count. */
  readonly fields: Partial<Record<IndexField, readonly [number, number]>>;
  readonly postings: number;
  /** Two bytes a record: one more than the offset of its outcome, 0 for none. */
  readonly outcomes: number;
}

/** What records are found by, and `key`: the names of the keys that they are sealed with. */
export type IndexField = SearchField | 'key';

/** Changes with everything that would make an older file answer wrongly. */
export const segmentVersion = 3;
/** Fields of which segments made before this version name less than is found by them now. */
const widenedIn: Readonly<Record<number, readonly IndexField[]>> = { 3: ['device'] };

/** Whether a segment of this version can be asked for these fields. */
export function answersFor(version: number, fields: readonly IndexField[]): boolean {
  return Object.entries(widenedIn).every(
    ([since, widened]) => version >= Number(since) || !fields.some((field) => widened.includes(field)),
  );
}

/** A value as it stands in a list of values: without a tab or line end. */
export function listedValue(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** What is indexed of a value. What it has in common with others is told apart by looking at the records. */
export function indexedValue(field: IndexField, value: string): string {
  return value.slice(0, field === 'request' ? 8 : 200);
}

/** One readable segment, from a file or from memory. */
export interface Segment {
  readonly head: SegmentHead;
  /** Offsets of the records that have this value, as one bit each; `null` when none has. */
  find(field: IndexField, value: string): Uint8Array | null;
  /** All values of a field. */
  values(field: IndexField): readonly string[];
  /** Number of the outcome of a decision, when both stand in this segment. */
  outcomeOf(seq: number): number | null;
  close(): void;
}

/** Reads a segment through `read(start, length)`, part by part, so that a question takes no more than it needs. */
export function readSegment(
  head: SegmentHead,
  read: (start: number, length: number) => Buffer,
  close: () => void = () => undefined,
): Segment {
  const lists = new Map<IndexField, Buffer>();
  const listOf = (field: IndexField): Buffer => {
    const range = head.fields[field];
    const list = lists.get(field) ?? (range === undefined ? Buffer.alloc(0) : read(...range));
    lists.set(field, list);
    return list;
  };
  let outcomes: Buffer | undefined;
  return {
    head,
    find(field, value) {
      const list = listOf(field);
      const key = `\n${listedValue(indexedValue(field, value))}\t`;
      const at = list.indexOf(key);
      if (at === -1) return null;
      const from = at + Buffer.byteLength(key);
      const [start = 0, count = 0] = list.toString('utf8', from, list.indexOf('\n', from)).split('\t').map(Number);
      return bitmapOf(read(head.postings + start, postingBytes(count)), count);
    },
    values: (field) =>
      listOf(field)
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(`"${line.slice(0, line.indexOf('\t'))}"`) as string),
    outcomeOf(seq) {
      outcomes ??= read(head.outcomes, segmentRecords * 2);
      const offset = outcomes.readUInt16LE((seq - firstSeqOf(head.segment)) * 2);
      return offset === 0 ? null : firstSeqOf(head.segment) + offset - 1;
    },
    close,
  };
}

/** Few offsets are written as two bytes each, many as a bit for each record. */
export function postingBytes(count: number): number {
  return count * 2 < bitmapBytes ? count * 2 : bitmapBytes;
}

function bitmapOf(posting: Buffer, count: number): Uint8Array {
  if (count * 2 >= bitmapBytes) return posting;
  const bits = new Uint8Array(bitmapBytes);
  for (let at = 0; at < posting.length; at += 2) setBit(bits, posting.readUInt16LE(at));
  return bits;
}

/** Marks a record's offset. */
export function setBit(bits: Uint8Array, offset: number): void {
  bits[offset >> 3] = (bits[offset >> 3] ?? 0) | (1 << (offset & 7));
}
