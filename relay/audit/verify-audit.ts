import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { auditFiles, type AuditFiles } from './audit-files.ts';
import { chainHash, chainStart } from './chain-hash.ts';
import { openCheckpoint, parseVerifierKey, splitNotes } from './checkpoint-note.ts';
import { openForReading } from './query-audit.ts';

/** Whether the audit is whole; a broken one names the first record at which that shows. */
export type AuditVerdict =
  | { readonly status: 'ok'; readonly records: number; readonly checkpoints: number; readonly signedUpTo: number }
  | { readonly status: 'broken'; readonly seq: number; readonly reason: string };

type Broken = Extract<AuditVerdict, { status: 'broken' }>;
const broken = (seq: number, reason: string): Broken => ({ status: 'broken', seq, reason });

/**
 * Recomputes the whole chain and compares it with every signed checkpoint, in the database and in the file beside it.
 * Give `verifierKey` (the line of `audit-verifier-key.txt`, kept elsewhere) so that a replaced key shows too.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export function verifyAudit(dataDir: string, options: { readonly verifierKey?: string } = {}): AuditVerdict {
  const files = auditFiles(dataDir);
  // The file first: a relay that writes meanwhile then only ever has more in the database than in the file.
  const notes = existsSync(files.checkpoints) ? splitNotes(readFileSync(files.checkpoints, 'utf8')) : [];
  const database = openForReading(dataDir);
  try {
    database.exec('BEGIN');
    const key = verifierKey(files, options.verifierKey);
    if (key === undefined) return broken(0, 'The verifier key is missing or malformed.');
    const signed = collectCheckpoints(database, notes, key);
    return 'status' in signed ? signed : walkChain(database, signed);
  } finally {
    database.close();
  }
}

function verifierKey(files: AuditFiles, given: string | undefined): KeyObject | undefined {
  if (given !== undefined) return parseVerifierKey(given);
  if (existsSync(files.verifierKey)) return parseVerifierKey(readFileSync(files.verifierKey, 'utf8'));
  return existsSync(files.signingKey) ? createPublicKey(readFileSync(files.signingKey)) : undefined;
}

/** Hash that each signed record must have, from both places; both must agree. */
function collectCheckpoints(
  database: DatabaseSync,
  notes: readonly string[],
  key: KeyObject,
): Map<number, Buffer> | Broken {
  const signed = new Map<number, Buffer>();
  let previous = 0;
  for (const note of notes) {
    const checkpoint = openCheckpoint(note, key);
    if (checkpoint === undefined)
      return broken(
        previous + 1,
        `The checkpoint file holds a note after record ${previous} that isn’t validly signed.`,
      );
    if (checkpoint.seq < previous)
      return broken(
        checkpoint.seq,
        'The checkpoint file is out of order: the audit was rolled back or the file edited.',
      );
    if (signed.get(checkpoint.seq)?.equals(checkpoint.hash) === false)
      return broken(checkpoint.seq, `Two different checkpoints are signed for record ${checkpoint.seq}.`);
    previous = checkpoint.seq;
    signed.set(checkpoint.seq, checkpoint.hash);
  }
  const stored = database.prepare('SELECT seq, note FROM checkpoint ORDER BY seq').all();
  let missingInFile = 0;
  for (const row of stored) {
    const seq = Number(row['seq']);
    const checkpoint = openCheckpoint(String(row['note']), key);
    if (checkpoint?.seq !== seq) return broken(seq, `The stored checkpoint of record ${seq} isn’t validly signed.`);
    const inFile = signed.get(seq);
    if (inFile?.equals(checkpoint.hash) === false)
      return broken(seq, `Two different checkpoints are signed for record ${seq}.`);
    if (inFile === undefined && (++missingInFile > 1 || seq < previous))
      return broken(seq, `The checkpoint file lacks the checkpoint of record ${seq}: it was shortened or edited.`);
    signed.set(seq, checkpoint.hash);
  }
  return signed;
}

function walkChain(database: DatabaseSync, signed: ReadonlyMap<number, Buffer>): AuditVerdict {
  let seq = 0;
  let hash: Uint8Array = chainStart;
  for (const row of database.prepare('SELECT seq, hash, payload FROM audit ORDER BY seq').iterate()) {
    const found = Number(row['seq']);
    seq += 1;
    if (found !== seq) return broken(seq, `Record ${seq} is missing.`);
    hash = chainHash(hash, String(row['payload']), seq);
    if (!Buffer.from(hash).equals(row['hash'] as Uint8Array))
      return broken(seq, `Record ${seq} was changed, moved or put in later.`);
    if (signed.get(seq)?.equals(hash) === false)
      return broken(seq, `Record ${seq} or one before it was changed: the chain differs from the signed checkpoint.`);
  }
  let signedUpTo = 0;
  for (const signedSeq of signed.keys()) signedUpTo = Math.max(signedUpTo, signedSeq);
  if (signedUpTo > seq)
    return broken(seq + 1, `Records ${seq + 1} to ${signedUpTo} are missing: a checkpoint was signed for them.`);
  return { status: 'ok', records: seq, checkpoints: signed.size, signedUpTo };
}
