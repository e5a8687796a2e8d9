import type { DatabaseSync } from 'node:sqlite';
import { leafHash } from '../audit/tree/tree-hash.ts';
import { chainEnd } from '../audit/audit-schema.ts';

/** Records that follow each other, as they are stored, in one piece: making an object of each takes longer than all the rest. */
export interface Stretch {
  readonly count: number;
  /** Number of the last one. */
  readonly upTo: number;
  /** JSON in one line of ASCII each, with a line feed between them. */
  readonly lines: Buffer;
  /** The hash of each leaf, 32 bytes. */
  readonly hashes: Buffer;
}

/** Most records, and most bytes of them unless there is but one. */
export interface StretchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Reads what follows `after`, at most up to `upTo`; undefined when there is nothing. @throws Error when records are missing */
export type ReadStretch = (after: number, upTo: number, limits: StretchLimits) => Stretch | undefined;

/** Reads stretches of an audit's database. */
export function stretchReader(database: DatabaseSync): ReadStretch {
  const some = '(SELECT seq, hash, payload FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?)';
  const bytes = database.prepare(`SELECT total(octet_length(payload)) AS bytes FROM ${some}`);
  const read = database.prepare(
    `SELECT count(*) AS count, max(seq) AS upTo, CAST(group_concat(payload, char(10)) AS BLOB) AS lines,
       group_concat(hex(hash), '') AS hashes FROM ${some}`,
  );
  // What an earlier version chained has the hash of that chain beside it.
  const chained = chainEnd(database);
  return (after, upTo, { maxRecords, maxBytes }) => {
    let limit = maxRecords;
    while (limit > 1 && Number(bytes.get(after, upTo, limit)?.['bytes']) > maxBytes) limit = Math.ceil(limit / 2);
    const row = read.get(after, upTo, limit);
    const count = Number(row?.['count'] ?? 0);
    if (row === undefined || count === 0) return undefined;
    const last = Number(row['upTo']);
    if (last - after !== count) throw new Error(`records behind ${after} are missing from the audit`);
    const found = row['lines'] as Uint8Array;
    const lines = Buffer.from(found.buffer, found.byteOffset, found.byteLength);
    const hashes = after < chained ? leavesOf(lines) : Buffer.from(String(row['hashes']), 'hex');
    return { count, upTo: last, lines, hashes };
  };
}

function leavesOf(lines: Buffer): Buffer {
  return Buffer.concat(lines.toString('latin1').split('\n').map(leafHash));
}
