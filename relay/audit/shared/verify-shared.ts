import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { formatVerifierKey, splitNotes } from '../checkpoint-note.ts';
import { type LogKeys, openLogCheckpoint, trustedKeys } from '../log-keys.ts';
import { broken, type Broken, SignedCheckpoints } from '../signed-checkpoints.ts';
import { createTreeEdge, type TreeEdge } from '../tree/tree-edge.ts';
import { leafHash } from '../tree/tree-hash.ts';
import type { VerifiedState } from '../verified-state.ts';
import { type AuditVerdict, hasVerified, otherKey, type VerifyOptions } from '../verify-audit.ts';
import { edgeAt, type KnownCut, knownCut, nobodySaid, type Stretch, stretchesOf } from './known-cut.ts';
import { datesOf, type KnownLog, knownLogs } from './stored-records.ts';

const recordsAtOnce = 20_000;

/**
 * Recomputes the tree over one relay's records in PostgreSQL and compares it with every checkpoint that the relay signed:
 * what is read there is then what the relay has in its log.
 */
export async function verifyShared(
  sql: Sql,
  { relay }: Pick<KnownLog, 'relay'>,
  options: VerifyOptions = {},
): Promise<AuditVerdict> {
  const known = await atOneMoment(sql, () => whatIsKnown(sql, relay, options));
  if ('status' in known) return known;
  const verdict = await walk(sql, known);
  return verdict.status === 'ok' && known.cut.isUnsigned ? { ...verdict, unsignedCut: true } : verdict;
}

/** A relay goes on writing, signing and changing its key meanwhile: what belongs together has to be read together. */
async function atOneMoment<Read>(sql: Sql, read: () => Promise<Read>): Promise<Read> {
  await sql.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await read();
  } finally {
    await sql.query('COMMIT');
  }
}

/** What the records of a log are compared with. */
interface Known {
  readonly log: KnownLog;
  readonly verifierKey: string;
  readonly signed: SignedCheckpoints;
  readonly begin: TreeEdge;
  readonly cut: KnownCut;
  readonly stretches: readonly Stretch[];
}

async function whatIsKnown(sql: Sql, relay: string, options: VerifyOptions): Promise<Known | Broken> {
  const { state } = options;
  const [log] = await knownLogs(sql, relay);
  if (log === undefined) return broken(0, `The records of the relay “${relay}” are missing.`);
  const keys = trustedKeys(options.verifierKey, log.verifierKey);
  if (keys === undefined) return broken(0, 'The verifier key is missing or malformed.');
  if (state !== undefined && !hasVerified(state, keys)) return otherKey;
  const stretches = await stretchesOf(sql, relay);
  const cut = await knownCut(sql, log, keys, stretches[0]);
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
  return { log, verifierKey: formatVerifierKey(keys.newest), signed, begin, cut, stretches };
}

function fromState(state: VerifiedState): TreeEdge {
  return createTreeEdge(
    state.size,
    state.hashes.map((hash) => Buffer.from(hash, 'base64')),
  );
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

async function walk(sql: Sql, { log, verifierKey, signed, begin, cut, stretches }: Known): Promise<AuditVerdict> {
  // What is gone, until a record is found that says that it may be.
  let gone = begin === cut.edge && cut.size > 0 && !cut.isUnsigned ? nobodySaid(1, cut.size) : undefined;
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
        if (goesOn === undefined || seq - 1 > cut.signedUpTo)
          return broken(edge.size + 1, `Record ${edge.size + 1} is missing.`);
        gone ??= nobodySaid(edge.size + 1, seq - 1);
        edge = edgeAt(seq - 1, goesOn.edge);
      }
      const leaf = leafHash(String(row['payload']));
      if (!leaf.equals(row['hash'] as Buffer)) return broken(seq, `Record ${seq} was changed, moved or put in later.`);
      edge.add(leaf);
      if (gone !== undefined && cut.isSaidBy(seq, String(row['payload']))) gone = undefined;
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
  if (gone !== undefined) return gone;
  return {
    status: 'ok',
    records: edge.size,
    from: from + 1,
    cut: cut.size,
    checkpoints: signed.count,
    signedUpTo: upTo,
    state,
  };
}
