import { crc32 } from 'node:zlib';
import type { BuiltSegment } from '../reading/build-segment.ts';
import type { SearchField } from '../reading/record-terms.ts';
import { hiddenMark, isPersonalField, type TermKey } from './hidden-terms.ts';
import { bitmapBytes, indexedValue, listedValue, postingBytes, setBit } from '../reading/segment.ts';

// Ids of requests are nearly as many as records: some share a term, and are told apart by looking at the records.
const requestBuckets = 1024;

/** What a value is looked up by. @param key what names are hidden with; null for a segment that hides none */
export function termOf(field: SearchField, value: string, key: TermKey | null): string {
  return termOfListed(field, listedValue(indexedValue(field, value)), key);
}

/** All values of a field begin so. */
export function termsOfField(field: SearchField): string {
  return `${field}:`;
}

/** The value that a term stands for. One that is hidden, where there is no key for it, stands for nothing that anybody asks for. */
export function valueOf(field: SearchField, term: string, key: TermKey | null): string {
  const listed = term.slice(field.length + 1);
  const opened = listed.startsWith(hiddenMark) ? (key?.open(listed.slice(hiddenMark.length)) ?? null) : null;
  return JSON.parse(`"${opened ?? listed}"`) as string;
}

function termOfListed(field: SearchField, listed: string, key: TermKey | null): string {
  if (field === 'request') return `${field}:${crc32(listed) % requestBuckets}`;
  return `${field}:${key !== null && isPersonalField(field) ? hiddenMark + key.hide(listed) : listed}`;
}

/** The terms of a segment, each with the offsets of its records as a segment's file has them. */
export function termsOfSegment({ head, body }: BuiltSegment, key: TermKey | null): ReadonlyMap<string, Uint8Array> {
  const terms = new Map<string, Uint8Array>();
  for (const [field, [start, length]] of Object.entries(head.fields) as [SearchField, readonly [number, number]][]) {
    for (const line of body.toString('utf8', start, start + length).split('\n')) {
      if (line === '') continue;
      const [listed = '', at = '', count = ''] = line.split('\t');
      const from = head.postings + Number(at);
      const posting = body.subarray(from, from + postingBytes(Number(count)));
      const term = termOfListed(field, listed, key);
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
