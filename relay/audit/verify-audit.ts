import { existsSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { auditFiles } from './audit-files.ts';
import { beginReading } from './begin-reading.ts';
import { auditForm, chainEnd } from './audit-schema.ts';
import { chainHash, chainStart } from './chain-hash.ts';
import { formatVerifierKey, splitNotes } from './checkpoint-note.ts';
import { type LogKeys, openLogCheckpoint } from './log-keys.ts';
import { openForReading } from './open-audit.ts';
import { broken, type Broken, collectCheckpoints, type SignedCheckpoints } from './signed-checkpoints.ts';
import { type LastCut, lastCut } from './last-cut.ts';
import type { Subtree } from './tree/subtrees.ts';
import { createTreeEdge } from './tree/tree-edge.ts';
import { leafHash } from './tree/tree-hash.ts';
import type { VerifiedState } from './verified-state.ts';

/** Whether the audit is whole; a broken one names the first record at which that shows. */
export type AuditVerdict =
  | {
      readonly status: 'ok';
      readonly records: number;
      /** Number of the first record that was looked at: those before were verified earlier. */
      readonly from: number;
      /** How many records from the first on were taken out, because they were too old; 0 when all are there. */
      readonly cut: number;
      /** Nobody signed that they were: the relay had stopped for good. */
      readonly unsignedCut?: true;
      readonly checkpoints: number;
      readonly signedUpTo: number;
      /** From where the next verification can go on: the last signed record. */
      readonly state: VerifiedState;
    }
  | Broken;

/** What {@link verifyAudit} may be given by who verifies. */
export interface VerifyOptions {
  /** The line of `audit-verifier-key.txt`, kept elsewhere, so that a replaced key shows. */
  readonly verifierKey?: string;
  /** Checkpoints that were kept elsewhere, so that a rolled-back folder shows. */
  readonly keptCheckpoints?: string;
  /** What an earlier verification found: it goes on from there. */
  readonly state?: VerifiedState | undefined;
}

/**
 * Recomputes the tree (and the chain, for records of earlier versions) and compares it with every signed checkpoint, in
 * the database and in the file beside it.
 * @throws AccessError `bad-input` when the folder holds no audit, or one of a newer version.
 */
export function verifyAudit(dataDir: string, options: VerifyOptions = {}): AuditVerdict {
  const files = auditFiles(dataDir);
  const { state } = options;
  // The file first: a relay that writes meanwhile then only ever has more in the database than in the file.
  const notes = existsSync(files.checkpoints) ? splitNotes(readFileSync(files.checkpoints, 'utf8')) : [];
  const database = openForReading(dataDir);
  try {
    const keys = beginReading(database, files, options.verifierKey);
    if (keys === undefined) return broken(0, 'The verifier key is missing or malformed.');
    if (state !== undefined && !hasVerified(state, keys)) return otherKey;
    const cut = lastCut(database, keys);
    const begin = beginning(state, cut);
    const signed = collectCheckpoints(database, notes, keys, begin.size);
    if ('status' in signed) return signed;
    for (const note of splitNotes(options.keptCheckpoints ?? '')) {
      const kept = openLogCheckpoint(note, keys);
      if (kept === undefined) return broken(0, 'The kept checkpoints hold a note that isn’t validly signed.');
      if (!signed.add(kept))
        return broken(kept.size, `The kept checkpoint of record ${kept.size} differs from the one beside the audit.`);
    }
    return walk(database, signed, formatVerifierKey(keys.newest), begin, cut?.size ?? 0);
  } finally {
    database.close();
  }
}

/** Whether the key that signed at an earlier verification is one of the log’s. */
export function hasVerified({ verifierKey }: VerifiedState, { spans }: LogKeys): boolean {
  return spans.some(({ key }) => formatVerifierKey(key) === verifierKey);
}

/** What is said where it isn’t. */
export const otherKey = broken(
  0,
  'The key that signs isn’t the one of the last verification: the key or the audit was replaced.',
);

/** Where verification begins: how many records are behind it, and what the tree and the chain are there. */
interface Beginning {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
  /** Undefined when the record before is gone: then the chain begins with the next one. */
  readonly chain: Uint8Array | undefined;
}

function beginning(state: VerifiedState | undefined, cut: LastCut | undefined): Beginning {
  if (cut !== undefined && cut.size > (state?.size ?? 0))
    return { size: cut.size, hashes: cut.hashes, chain: undefined };
  if (state === undefined) return { size: 0, hashes: [], chain: chainStart };
  const hashes = state.hashes.map((hash) => Buffer.from(hash, 'base64'));
  return {
    size: state.size,
    hashes,
    chain: state.chainHash === null ? undefined : Buffer.from(state.chainHash, 'base64'),
  };
}

function walk(
  database: DatabaseSync,
  signed: SignedCheckpoints,
  verifierKey: string,
  begin: Beginning,
  cut: number,
): AuditVerdict {
  const grown = auditForm(database) !== 'chain';
  const chained = grown ? chainEnd(database) : Number.POSITIVE_INFINITY;
  const kept = grown ? database.prepare('SELECT hash FROM tree WHERE level = ? AND number = ?') : undefined;
  let wrongTile: Subtree | undefined;
  const from = begin.size;
  const edge = createTreeEdge(from, begin.hashes, (subtree, hash) => {
    const stored = kept?.get(subtree.level, subtree.index)?.['hash'];
    if (kept !== undefined && !(stored instanceof Uint8Array && Buffer.from(hash).equals(stored)))
      wrongTile ??= subtree;
  });
  let { chain } = begin;
  const stateNow = (): VerifiedState => ({
    verifierKey,
    size: edge.size,
    hashes: edge.hashes().map((one) => Buffer.from(one).toString('base64')),
    chainHash: chain === undefined || edge.size >= chained ? null : Buffer.from(chain).toString('base64'),
    verifiedAtMs: Date.now(),
  });
  let state = stateNow();
  const rows = database.prepare('SELECT seq, hash, payload FROM audit WHERE seq > ? ORDER BY seq');
  rows.setReturnArrays(true);
  for (const row of rows.iterate(from)) {
    const [found, hash, payload] = row as unknown as [number, Uint8Array, string];
    const seq = edge.size + 1;
    if (found !== seq) return broken(seq, `Record ${seq} is missing.`);
    const leaf = leafHash(payload);
    if (seq <= chained) chain = chain === undefined ? hash : chainHash(chain, payload, seq);
    if (!Buffer.from(seq <= chained && chain !== undefined ? chain : leaf).equals(hash))
      return broken(seq, `Record ${seq} was changed, moved or put in later.`);
    edge.add(leaf);
    if (wrongTile !== undefined) return wrongRange(wrongTile);
    const checkpoint = signed.at(seq);
    if (checkpoint === undefined) continue;
    if (
      checkpoint.tree?.equals(edge.root()) === false ||
      (seq <= chained && chain !== undefined && checkpoint.chain?.equals(chain) === false)
    )
      return broken(seq, `Record ${seq} or one before it was changed: it differs from the signed checkpoint.`);
    if (seq > chained && checkpoint.chain !== undefined)
      return broken(seq, `The checkpoint of record ${seq} is of an earlier version, its record isn’t.`);
    state = stateNow();
  }
  const upTo = Math.max(signed.upTo, from);
  const { size } = edge;
  const last = Number(database.prepare('SELECT max(seq) AS seq FROM audit').get()?.['seq'] ?? 0);
  if (last < from) return broken(last + 1, `Records ${last + 1} to ${from} are missing: they were verified earlier.`);
  if (upTo > size)
    return broken(size + 1, `Records ${size + 1} to ${upTo} are missing: a checkpoint was signed for them.`);
  return { status: 'ok', records: size, from: from + 1, cut, checkpoints: signed.count, signedUpTo: upTo, state };
}

function wrongRange({ level, index }: Subtree): Broken {
  const first = index * 2 ** level + 1;
  const last = (index + 1) * 2 ** level;
  return broken(last, `One of records ${first} to ${last} was changed or moved: the tree over them is another one.`);
}
