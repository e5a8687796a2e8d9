import type { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from './audit-files.ts';
import { beginReading } from './begin-reading.ts';
import { auditForm } from './audit-schema.ts';
import type { Checkpoint } from './checkpoint-note.ts';
import { type LogKeys, openLogCheckpoint } from './log-keys.ts';
import { openForReading } from './open-audit.ts';
import { lastCut } from './last-cut.ts';
import { storedTree } from './tree/stored-tree.ts';
import { consistencyProof, type HashOf, inclusionProof, rangeHash } from './tree/subtrees.ts';

/** That a record is in the audit: `line` is the leaf at `index` of the tree that the checkpoint's root is of. */
export interface InclusionProof {
  readonly seq: number;
  readonly line: string;
  readonly index: number;
  readonly size: number;
  /** Base64, lowest first (RFC 6962 §2.1.1). */
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

/** That the first `from` records of the audit at the checkpoint are those that an earlier checkpoint was signed for. */
export interface ConsistencyProof {
  readonly from: number;
  readonly size: number;
  /** Base64 (RFC 6962 §2.1.2). */
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

/** @throws AccessError `bad-input` when there is no such record, none is signed yet, or the audit is broken. */
export function proveRecord(dataDir: string, seq: number): InclusionProof {
  return reading(dataDir, (database, keys) => {
    const row = database.prepare('SELECT payload FROM audit WHERE seq = ?').get(seq);
    refuseCut(database, keys, seq);
    if (row === undefined) throw new AccessError('bad-input', `The audit has no record ${seq}.`);
    const note = newestCheckpoint(database, keys, seq);
    const hashOf = signedTree(database, note);
    return {
      seq,
      line: String(row['payload']),
      index: seq - 1,
      size: note.size,
      hashes: inclusionProof(seq - 1, note.size, hashOf).map(base64),
      checkpoint: note.text,
    };
  });
}

/** @throws AccessError `bad-input` when fewer records are signed, or the audit is broken. */
export function proveGrowth(dataDir: string, from: number): ConsistencyProof {
  return reading(dataDir, (database, keys) => {
    if (from > 0) refuseCut(database, keys, from + 1);
    const note = newestCheckpoint(database, keys, from);
    const hashOf = signedTree(database, note);
    const hashes = consistencyProof(from, note.size, hashOf).map(base64);
    return { from, size: note.size, hashes, checkpoint: note.text };
  });
}

/** As C2SP tlog-proof says; the extra data is the record itself, which the leaf is the hash of. */
export function formatInclusionProof({ line, index, hashes, checkpoint }: InclusionProof): string {
  const extra = Buffer.from(line).toString('base64');
  return ['c2sp.org/tlog-proof@v1', `extra ${extra}`, `index ${index}`, ...hashes, '', checkpoint].join('\n');
}

/** As C2SP tlog-witness has it in the body of `add-checkpoint`. */
export function formatConsistencyProof({ from, hashes, checkpoint }: ConsistencyProof): string {
  return [`old ${from}`, ...hashes, '', checkpoint].join('\n');
}

function base64(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64');
}

function reading<Proof>(dataDir: string, prove: (database: DatabaseSync, keys: LogKeys) => Proof): Proof {
  const files = auditFiles(dataDir);
  const database = openForReading(dataDir);
  try {
    const keys = beginReading(database, files, undefined);
    if (auditForm(database) === 'chain')
      throw new AccessError(
        'bad-input',
        'An earlier version wrote this audit. Start the relay once: it makes the tree.',
      );
    if (keys === undefined) throw new AccessError('bad-input', 'The verifier key is missing or malformed.');
    return prove(database, keys);
  } finally {
    database.close();
  }
}

function refuseCut(database: DatabaseSync, keys: LogKeys, seq: number): void {
  const cut = lastCut(database, keys);
  if (cut !== undefined && seq <= cut.size)
    throw new AccessError('bad-input', `Records 1 to ${cut.size} were cut: the audit keeps ${cut.keepDays} days.`);
}

interface SignedTree extends Checkpoint {
  readonly text: string;
}

function newestCheckpoint(database: DatabaseSync, keys: LogKeys, size: number): SignedTree {
  const text = String(database.prepare('SELECT note FROM note ORDER BY seq DESC LIMIT 1').get()?.['note'] ?? '');
  const checkpoint = openLogCheckpoint(text, keys);
  if (checkpoint?.kind !== 'tree')
    throw new AccessError('bad-input', 'The audit has no validly signed checkpoint to prove anything by.');
  if (checkpoint.size >= size) return { ...checkpoint, text };
  const message = `Record ${size} isn’t signed yet: the newest checkpoint is of record ${checkpoint.size}. A running relay signs within 10 seconds.`;
  throw new AccessError('bad-input', message);
}

function signedTree(database: DatabaseSync, { size, hash }: SignedTree): HashOf {
  const hashOf = storedTree(database);
  if (hash.equals(rangeHash(0, size, hashOf))) return hashOf;
  throw new AccessError('bad-input', 'The audit differs from its newest checkpoint. “audit verify” says where.');
}
