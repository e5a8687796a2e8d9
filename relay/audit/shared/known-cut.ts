import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { cutWordsIn } from '../cut-statement.ts';
import { type LogKeys, openLogCut } from '../log-keys.ts';
import { dayMs } from '../retention/day-segments.ts';
import { broken, type Broken } from '../signed-checkpoints.ts';
import { createTreeEdge, type TreeEdge } from '../tree/tree-edge.ts';
import { splitHashes } from './dates.ts';
import type { KnownLog } from './stored-records.ts';

/** Where a relay’s log begins in PostgreSQL: a stretch of records, and the tree’s edge before its first one. */
export interface Stretch {
  readonly firstSeq: number;
  readonly edge: Buffer;
}

/** Up to where records of a log are gone, and up to where one of its keys signed that they may go. */
export interface KnownCut {
  readonly size: number;
  readonly edge: TreeEdge;
  readonly signedUpTo: number;
  /** Gone by age alone, of a relay that has stopped for good. */
  readonly isUnsigned: boolean;
  /** Whether this record is the one that says so. Only one that is there, under what was signed later, is believed. */
  isSaidBy(seq: number, payload: string): boolean;
}

/** Where every stretch of a relay’s records begins, in order. */
export async function stretchesOf(sql: Sql, relay: string): Promise<readonly Stretch[]> {
  const { rows } = await sql.query('SELECT first_seq, edge FROM audit_day WHERE relay = $1 ORDER BY first_seq', [
    relay,
  ]);
  return rows.map((row) => ({ firstSeq: Number(row['first_seq']), edge: row['edge'] as Buffer }));
}

/** The tree’s edge as PostgreSQL has it. */
export function edgeAt(size: number, hashes: Uint8Array): TreeEdge {
  return createTreeEdge(size, splitHashes(hashes));
}

/** What is gone at the beginning of a log; broken when nobody said that it may be. */
export async function knownCut(
  sql: Sql,
  log: KnownLog,
  keys: LogKeys,
  first: Stretch | undefined,
): Promise<KnownCut | Broken> {
  const { rows } = await sql.query('SELECT edge, cut_detail, dropped_to FROM audit_relay WHERE relay = $1', [
    log.relay,
  ]);
  const detail = rows[0]?.['cut_detail'];
  const statement = typeof detail === 'string' ? openLogCut(detail, keys) : undefined;
  const size = log.first - 1;
  const edge = edgeAt(size, first?.edge ?? (rows[0]?.['edge'] as Buffer | undefined) ?? Buffer.alloc(0));
  const signedUpTo = statement?.size ?? 0;
  const isUnsigned = size > signedUpTo;
  const wasDropped = size <= Number(rows[0]?.['dropped_to'] ?? 0) && wasSilent(log, Date.now());
  if (isUnsigned && !wasDropped) return nobodySaid(1, size);
  if (statement?.size === size && !statement.root.equals(edge.root()))
    return broken(size, `The tree over records 1 to ${size}, which were cut, isn’t the one that was signed.`);
  const isSaidBy = (seq: number, payload: string): boolean => {
    const words = cutWordsIn(payload);
    return words !== undefined && words === detail && openLogCut(words, keys, seq) !== undefined;
  };
  return { size, edge, signedUpTo, isUnsigned, isSaidBy };
}

/** What is said of records that are gone when no record that is there says so. */
export function nobodySaid(from: number, to: number): Broken {
  return broken(from, `Records ${from} to ${to} are missing, and no signed record says that they were cut.`);
}

/**
 * Whether there is a day on which the relay wrote nothing. Only of one that has stopped are days dropped that it hasn't signed
 * away; whoever says so of one that goes on writing has deleted them.
 */
function wasSilent({ days }: KnownLog, nowMs: number): boolean {
  const today = Math.floor(nowMs / dayMs);
  return days.length === 0 || days.some(({ day }, index) => (days[index + 1]?.day ?? today) - day > 1);
}
