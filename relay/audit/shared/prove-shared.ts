import { AccessError } from '../../../shared/errors.ts';
import type { PostgresClient, Sql } from '../../storage/postgres/postgres-client.ts';
import { chainOrigin, type Checkpoint } from '../checkpoint-note.ts';
import { type LogKeys, openLogCheckpoint, parseLogKeys } from '../log-keys.ts';
import type { ConsistencyProof, InclusionProof } from '../prove-audit.ts';
import {
  consistencyProof,
  type HashOf,
  inclusionProof,
  rangeHash,
  rootOfConsistency,
  rootOfInclusion,
} from '../tree/subtrees.ts';
import { leafHash } from '../tree/tree-hash.ts';
import { openShared, requireLogs, type SharedPlace } from './open-shared.ts';
import { neededSubtrees, sharedTree } from './shared-tree.ts';
import { type KnownLog, recordsOf } from './stored-records.ts';

/** A relay’s log in PostgreSQL; its folder need not be there any more. */
export interface RelayPlace extends SharedPlace {
  readonly relay: string;
}

interface SignedTree extends Checkpoint {
  readonly text: string;
}

/**
 * Proves that a record is in the log of its relay, by the first checkpoint that was signed for it.
 * @throws AccessError `shared-state-unavailable`; `bad-input` when there is no such record, it isn’t signed yet, or the log is
 * broken
 */
export function proveSharedRecord(place: RelayPlace, seq: number): Promise<InclusionProof> {
  return reading(place, async (sql, log, keys) => {
    const line = (await recordsOf(sql, log, [seq])).get(seq);
    if (line === undefined) throw missing(log, seq);
    const note = await checkpointFrom(sql, log, keys, seq, 'first');
    const prove = (hashOf: HashOf): Uint8Array[] => inclusionProof(seq - 1, note.size, hashOf);
    const hashes = prove(await sharedTree(sql, log, neededSubtrees(prove)));
    if (!note.hash.equals(rootOfInclusion(leafHash(line), seq - 1, note.size, hashes))) throw different(log);
    return { seq, line, index: seq - 1, size: note.size, hashes: hashes.map(base64), checkpoint: note.text };
  });
}

/**
 * Proves that the first `from` records of a relay are those that an earlier checkpoint was signed for, by the newest one.
 * @throws AccessError as {@link proveSharedRecord} does
 */
export function proveSharedGrowth(place: RelayPlace, from: number): Promise<ConsistencyProof> {
  return reading(place, async (sql, log, keys) => {
    const note = await checkpointFrom(sql, log, keys, from, 'newest');
    const prove = (hashOf: HashOf): Uint8Array[] => consistencyProof(from, note.size, hashOf);
    const needed = neededSubtrees((hashOf) => [prove(hashOf), rangeHash(0, from, hashOf)]);
    const hashOf = await sharedTree(sql, log, needed);
    const hashes = prove(hashOf);
    const root = rootOfConsistency(rangeHash(0, from, hashOf), from, note.size, hashes);
    // Of nothing, every tree goes on.
    if (from > 0 && !note.hash.equals(root)) throw different(log);
    return { from, size: note.size, hashes: hashes.map(base64), checkpoint: note.text };
  });
}

async function reading<Proof>(
  place: RelayPlace,
  prove: (sql: PostgresClient, log: KnownLog, keys: LogKeys) => Promise<Proof>,
): Promise<Proof> {
  const sql = await openShared(place);
  try {
    const [log] = await requireLogs(sql, place.relay);
    const keys = parseLogKeys(log?.verifierKey ?? '');
    if (log === undefined || keys === undefined)
      throw new AccessError('bad-input', 'The verifier key is missing or malformed.');
    return await prove(sql, log, keys);
  } finally {
    await sql.close();
  }
}

function base64(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64');
}

async function checkpointFrom(
  sql: Sql,
  { relay }: KnownLog,
  keys: LogKeys,
  size: number,
  which: 'first' | 'newest',
): Promise<SignedTree> {
  const order = which === 'first' ? 'ASC' : 'DESC';
  // Notes of earlier versions are of a chain, and prove no tree.
  const { rows } = await sql.query(
    `SELECT note FROM audit_checkpoint WHERE relay = $1 AND size >= $2 AND NOT starts_with(note, $3)
     ORDER BY size ${order} LIMIT 1`,
    [relay, size, `${chainOrigin}\n`],
  );
  const [text = ''] = rows.map((row) => String(row['note']));
  const checkpoint = openLogCheckpoint(text, keys);
  if (checkpoint?.kind === 'tree') return { ...checkpoint, text };
  throw new AccessError(
    'bad-input',
    `For record ${size} of the relay “${relay}” no checkpoint is in “storage” yet: a running relay signs within 10 seconds, and sends it along.`,
  );
}

function missing({ relay, first, last }: KnownLog, seq: number): AccessError {
  return new AccessError(
    'bad-input',
    seq < first
      ? `Records 1 to ${first - 1} of the relay “${relay}” were cut because of their age.`
      : `The relay “${relay}” has no record ${seq} in “storage”; its last is ${last}.`,
  );
}

function different({ relay }: KnownLog): AccessError {
  return new AccessError(
    'bad-input',
    `The records of the relay “${relay}” differ from what was signed. “audit verify --relay ${relay}” says where.`,
  );
}
