import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import { makePrivateFolder } from '../storage/give-to-owner.ts';

const hash = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);
export const verifiedStateSchema = z.strictObject({
  verifierKey: z.string().max(100_000),
  size: z.int().min(0),
  hashes: z.array(hash).max(53),
  chainHash: hash.nullable(),
  verifiedAtMs: z.int(),
});

/**
 * What a verifier keeps of an audit that it found whole: whose it is, for how many records, and the right edge of the
 * tree over them, from which it goes on.
 */
export type VerifiedState = Readonly<z.infer<typeof verifiedStateSchema>>;

/** @throws AccessError `bad-input` when the file holds something else. */
export function readVerifiedState(path: string): VerifiedState | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return verifiedStateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const message = `${path} doesn’t hold what an earlier “audit verify” found. With --full, everything is verified and it is written anew.`;
    throw new AccessError('bad-input', message, { cause: error });
  }
}

export function writeVerifiedState(path: string, state: VerifiedState): void {
  makePrivateFolder(dirname(path));
  writePrivateFile(path, `${JSON.stringify(state)}\n`);
}
