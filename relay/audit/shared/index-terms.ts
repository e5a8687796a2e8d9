import { crc32 } from 'node:zlib';
import type { BuiltSegment } from '../reading/build-segment.ts';
import type { SearchField } from '../reading/record-terms.ts';
import { bitmapBytes, indexedValue, listedValue, postingBytes, setBit } from '../reading/segment.ts';

// Ids of requests are nearly as many as records: some share a term, and are told apart by looking at the records.
const requestBuckets = 1024;

/** What a value is looked up by. */
export function termOf(field: SearchField, value: string): string {
  return termOfListed(field, listedValue(indexedValue(field, value)));
}

/** All values of a field begin so. */
export function termsOfField(field: SearchField): string {
  return `${field}:`;
}

/** The value that a term stands for. */
export function valueOf(field: SearchField, term: string): string {
  return JSON.parse(`"${term.slice(field.length + 1)}"`) as string;
}

function termOfListed(field: SearchField, listed: string): string {
  return field === 'request' ? `${field}:${crc32(listed) % requestBuckets}` : `${field}:${listed}`;
}

/** The terms of a segment, each with the offsets of its records as a segment's file has them. */
export function termsOfSegment({ head, body }: BuiltSegment): ReadonlyMap<string, Uint8Array> {
  const terms = new Map<string, Uint8Array>();
  for (const [field, [start, length]] of Object.entries(head.fields) as [SearchField, readonly [number, number]][]) {
    for (const line of body.toString('utf8', start, start + length).split('\n')) {
      if (line === '') continue;
      const [listed = '', at = '', count = ''] = line.split('\t');
      const from = head.postings + Number(at);
      const posting = body.subarray(from, from + postingBytes(Number(count)));
      const term = termOfListed(field, listed);
      const other = terms.get(term);
      terms.set(term, other === undefined ? posting : union(other, posting));
    }
  }
  return terms;
}

/** The offsets of a posting as one bit each. */
export function bitsOf(posting: Uint8Array): Uint8Array {
  if (posting.length === bitmapBytes) return posting;
  const bits = new Uint8Array(bitmapBytes);
  for (let at = 0; at < posting.length; at += 2) setBit(bits, (posting[at] ?? 0) | ((posting[at + 1] ?? 0) << 8));
  return bits;
}

function union(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length + other.length < bitmapBytes) return Buffer.concat([one, other]);
  const bits = Uint8Array.from(bitsOf(one));
  for (const [index, byte] of bitsOf(other).entries()) bits[index] = (bits[index] ?? 0) | byte;
  return bits;
}
