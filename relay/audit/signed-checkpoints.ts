import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditFiles } from './audit-files.ts';
import { auditForm } from './audit-schema.ts';
import { type Checkpoint, claimedSize } from './checkpoint-note.ts';
import { type LogKeys, onlyKey, openLogCheckpoint, trustedKeys } from './log-keys.ts';

/** A broken audit, with the first record at which that shows. */
export interface Broken {
  readonly status: 'broken';
  readonly seq: number;
  readonly reason: string;
}

export function broken(seq: number, reason: string): Broken {
  return { status: 'broken', seq, reason };
}

/** What was signed for the first so many records. */
export class SignedCheckpoints {
  readonly #bySize = new Map<number, Partial<Record<Checkpoint['kind'], Buffer>>>();
  upTo = 0;

  get count(): number {
    return this.#bySize.size;
  }

  at(size: number): Partial<Record<Checkpoint['kind'], Buffer>> | undefined {
    return this.#bySize.get(size);
  }

  has({ kind, size }: Checkpoint): boolean {
    return this.#bySize.get(size)?.[kind] !== undefined;
  }

  /** False when another one is signed for as many records. */
  add({ kind, size, hash }: Checkpoint): boolean {
    const known = this.#bySize.get(size);
    if (known?.[kind]?.equals(hash) === false) return false;
    this.#bySize.set(size, { ...known, [kind]: hash });
    this.upTo = Math.max(this.upTo, size);
    return true;
  }
}

/** Keys that sign: by the one that is given, or those beside the audit, which whoever changes the audit can change too. */
export function logKeysOf(files: AuditFiles, given: string | undefined): LogKeys | undefined {
  const beside = existsSync(files.verifierKey) ? readFileSync(files.verifierKey, 'utf8') : undefined;
  if (given !== undefined || beside !== undefined) return trustedKeys(given, beside);
  return existsSync(files.signingKey) ? onlyKey(createPublicKey(readFileSync(files.signingKey))) : undefined;
}

/** Checkpoints for more than `from` records from the database and the file's notes; both must agree. */
export function collectCheckpoints(
  database: DatabaseSync,
  notes: readonly string[],
  keys: LogKeys,
  from: number,
): SignedCheckpoints | Broken {
  const signed = new SignedCheckpoints();
  let previous = from;
  for (const note of notes) {
    if (claimedSize(note) <= from) continue;
    const checkpoint = openLogCheckpoint(note, keys);
    if (checkpoint === undefined)
      return broken(
        previous + 1,
        `The checkpoint file holds a note after record ${previous} that isn’t validly signed.`,
      );
    if (checkpoint.size < previous)
      return broken(
        checkpoint.size,
        'The checkpoint file is out of order: the audit was rolled back or the file edited.',
      );
    if (!signed.add(checkpoint)) return twoFor(checkpoint.size);
    previous = checkpoint.size;
  }
  let missingInFile = 0;
  const table = auditForm(database) === 'chain' ? 'checkpoint' : 'note';
  for (const row of database.prepare(`SELECT seq, note FROM ${table} WHERE seq > ? ORDER BY seq`).iterate(from)) {
    const size = Number(row['seq']);
    const checkpoint = openLogCheckpoint(String(row['note']), keys);
    if (checkpoint?.size !== size) return broken(size, `The stored checkpoint of record ${size} isn’t validly signed.`);
    if (!signed.has(checkpoint) && (++missingInFile > 1 || size < previous))
      return broken(size, `The checkpoint file lacks the checkpoint of record ${size}: it was shortened or edited.`);
    if (!signed.add(checkpoint)) return twoFor(size);
  }
  for (const change of keys.changes) if (change.size > from && !signed.add(change)) return twoFor(change.size);
  return signed;
}

function twoFor(size: number): Broken {
  return broken(size, `Two different checkpoints are signed for record ${size}.`);
}
