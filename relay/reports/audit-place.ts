import { createHash } from 'node:crypto';
import type { AuditReader, StoredRecord } from './audit-reader.ts';

/** How far an audit was read: the number of the last record, and what it was. */
export interface AuditPlace {
  readonly seq: number;
  readonly digest: Uint8Array;
}

/** What a record is known by later: SHA-256 of what is stored. */
export function digestOf({ stored }: StoredRecord): Buffer {
  return createHash('sha256').update(stored).digest();
}

/** Whether a place is in the audit that the folder has now; not so when the old one was moved away. */
export function isPlaceIn(reader: AuditReader, { seq, digest }: AuditPlace): boolean {
  if (seq === 0) return true;
  const found = reader.at(seq);
  if (found !== undefined) return Buffer.from(digest).equals(digestOf(found));
  // The beginning may have been cut, up to this record and beyond: what is left goes on with higher numbers.
  return reader.range().first > seq;
}
