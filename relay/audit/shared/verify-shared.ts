import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { formatVerifierKey, splitNotes } from '../checkpoint-note.ts';
import { type LogKeys, openLogCheckpoint, openLogCut, trustedKeys } from '../log-keys.ts';
import { broken, type Broken, SignedCheckpoints } from '../signed-checkpoints.ts';
import { createTreeEdge, type TreeEdge } from '../tree/tree-edge.ts';
import { leafHash } from '../tree/tree-hash.ts';
import type { VerifiedState } from '../verified-state.ts';
import { type AuditVerdict, hasVerified, otherKey, type VerifyOptions } from '../verify-audit.ts';
import { dayMs } from '../retention/day-segments.ts';
import { splitHashes } from './dates.ts';
import { datesOf, type KnownLog } from './stored-records.ts';

const recordsAtOnce = 20_000;

/**
 * Recomputes the tree over one relay's records in PostgreSQL and compares it with every checkpoint that the relay signed:
 * what is read there is then what the relay has in its log.
 */
export async function verifyShared(sql: Sql, log: KnownLog, options: VerifyOptions = {}): Promise<AuditVerdict> {
  const { state } = options;
  const keys = trustedKeys(options.verifierKey, log.verifierKey);
  if (keys === undefined) return broken(0, 'The verifier key is missing or malformed.');
  if (state !== undefined && !hasVerified(state, keys)) return otherKey;
  const stretches = await stretchesOf(sql, log);
  const cut = await cutOf(sql, log, keys, stretches[0]);
  if ('status' in cut) return cut;
  const begin = state !== undefined && state.size >= cut.size ? fromState(state) : cut.edge;
  const signed = await signedCheckpoints(sql, log, keys, begin.size);
  if ('status' in signed) return signed;
  for (const note of splitNotes(options.keptCheckpoints ?? '')) {
    const kept = openLogCheckpoint(note, keys);
    if (kept === undefined) return broken(0, 'The kept checkpoints hold a note that isn’t validly signed.');
    if (kept.kind === 'tree' && !signed.add(kept))
      return broken(kept.size, `The kept checkpoint of record ${kept.size} differs from the one beside the audit.`);
  }
  const verdict = await walk(sql, log, {
    verifierKey: formatVerifierKey(keys.newest),
    signed,
    begin,
    cut: cut.size,
    signedCut: cut.signedUpTo,
    stretches,
  });
  return verdict.status === 'ok' && cut.isUnsigned ? { ...verdict, unsignedCut: true } : verdict;
}

interface Stretch {
  readonly firstSeq: number;
  readonly edge: Buffer;
}

async function stretchesOf(sql: Sql, { relay }: KnownLog): Promise<readonly Stretch[]> {
  const { rows } = await sql.query('SELECT first_seq, edge FROM audit_day WHERE relay = $1 ORDER BY first_seq', [
    relay,
  ]);
  return rows.map((row) => ({ firstSeq: Number(row['first_seq']), edge: row['edge'] as Buffer }));
}

function edgeAt(size: number, hashes: Uint8Array): TreeEdge {
  return createTreeEdge(size, splitHashes(hashes));
}

function fromState(state: VerifiedState): TreeEdge {
  return createTreeEdge(
    state.size,
    state.hashes.map((hash) => Buffer.from(hash, 'base64')),
  );
}

/** Up to where records were cut, and the tree's edge there; a signed record must say that they were. */
async function cutOf(
  sql: Sql,
  log: KnownLog,
  keys: LogKeys,
  first: Stretch | undefined,
): Promise<
  Broken | { readonly size: number; readonly edge: TreeEdge; readonly signedUpTo: number; readonly isUnsigned: boolean }
> {
  const { rows } = await sql.query('SELECT edge, cut_detail, dropped_to FROM audit_relay WHERE relay = $1', [
    log.relay,
  ]);
  const detail = rows[0]?.['cut_detail'];
  const statement = typeof detail === 'string' ? openLogCut(detail, keys, 0) : undefined;
  const size = log.first - 1;
  const edge = edgeAt(size, first?.edge ?? (rows[0]?.['edge'] as Buffer | undefined) ?? Buffer.alloc(0));
  const signedUpTo = statement?.size ?? 0;
  const isUnsigned = size > signedUpTo;
  const wasDropped = size <= Number(rows[0]?.['dropped_to'] ?? 0) && wasSilent(log, Date.now());
  if (isUnsigned && !wasDropped)
    return broken(1, `Records 1 to ${size} are missing, and no signed record says that they were cut.`);
  if (statement?.size === size && !statement.root.equals(edge.root()))
    return broken(size, `The tree over records 1 to ${size}, which were cut, isn’t the one that was signed.`);
  return { size, edge, signedUpTo, isUnsigned };
}

/**
 * Whether there is a day on which the relay wrote nothing. Only of one that has stopped are days dropped that it hasn't signed
 * away; whoever says so of one that goes on writing has deleted them.
 */
function wasSilent({ days }: KnownLog, nowMs: number): boolean {
  const today = Math.floor(nowMs / dayMs);
  return days.length === 0 || days.some(({ day }, index) => (days[index + 1]?.day ?? today) - day > 1);
}

async function signedCheckpoints(
  sql: Sql,
  { relay, last }: KnownLog,
  keys: LogKeys,
  from: number,
): Promise<SignedCheckpoints | Broken> {
  const signed = new SignedCheckpoints();
  const { rows } = await sql.query(
    'SELECT size, note FROM audit_checkpoint WHERE relay = $1 AND size > $2 ORDER BY size',
    [relay, from],
  );
  for (const row of rows) {
    const size = Number(row['size']);
    const checkpoint = openLogCheckpoint(String(row['note']), keys);
    if (checkpoint?.size !== size) return broken(size, `The stored checkpoint of record ${size} isn’t validly signed.`);
    // Of records of an earlier version, whose chain only the relay's own log has.
    if (checkpoint.kind === 'tree') signed.add(checkpoint);
  }
  // Of a change that is known here already, the records may still be on their way.
  const changes = keys.changes.filter(({ size }) => size > from && size <= last);
  for (const change of changes)
    if (!signed.add(change))
      return broken(change.size, `Two different checkpoints are signed for record ${change.size}.`);
  return signed;
}

interface Walk {
  readonly verifierKey: string;
  readonly signed: SignedCheckpoints;
  readonly begin: TreeEdge;
  readonly cut: number;
  readonly signedCut: number;
  readonly stretches: readonly Stretch[];
}

async function walk(
  sql: Sql,
  log: KnownLog,
  { verifierKey, signed, begin, cut, signedCut, stretches }: Walk,
): Promise<AuditVerdict> {
  let edge = begin;
  const from = edge.size;
  const stateNow = (): VerifiedState => ({
    verifierKey,
    size: edge.size,
    hashes: edge.hashes().map((hash) => Buffer.from(hash).toString('base64')),
    chainHash: null,
    verifiedAtMs: Date.now(),
  });
  let state = stateNow();
  if (log.last < from)
    return broken(log.last + 1, `Records ${log.last + 1} to ${from} are missing: they were verified earlier.`);
  for (let start = from + 1; start <= log.last; start += recordsAtOnce) {
    const end = Math.min(log.last, start + recordsAtOnce - 1);
    const { rows } = await sql.query(
      `SELECT seq, hash, payload FROM audit_record
       WHERE relay = $1 AND seq BETWEEN $2 AND $3 AND day BETWEEN $4::date AND $5::date ORDER BY seq`,
      [log.relay, start, end, ...datesOf(log, start, end)],
    );
    for (const row of rows) {
      const seq = Number(row['seq']);
      if (seq !== edge.size + 1) {
        // Removed from the relay's log, by age and signed, before PostgreSQL had them.
        const goesOn = stretches.find(({ firstSeq }) => firstSeq === seq);
        if (goesOn === undefined || seq - 1 > signedCut)
          return broken(edge.size + 1, `Record ${edge.size + 1} is missing.`);
        edge = edgeAt(seq - 1, goesOn.edge);
      }
      const leaf = leafHash(String(row['payload']));
      if (!leaf.equals(row['hash'] as Buffer)) return broken(seq, `Record ${seq} was changed, moved or put in later.`);
      edge.add(leaf);
      const checkpoint = signed.at(seq);
      if (checkpoint === undefined) continue;
      if (checkpoint.tree?.equals(edge.root()) === false)
        return broken(seq, `Record ${seq} or one before it was changed: it differs from the signed checkpoint.`);
      state = stateNow();
    }
  }
  if (edge.size < log.last) return broken(edge.size + 1, `Record ${edge.size + 1} is missing.`);
  const upTo = Math.max(signed.upTo, from);
  if (upTo > edge.size)
    return broken(edge.size + 1, `Records ${edge.size + 1} to ${upTo} are missing: a checkpoint was signed for them.`);
  return { status: 'ok', records: edge.size, from: from + 1, cut, checkpoints: signed.count, signedUpTo: upTo, state };
}
