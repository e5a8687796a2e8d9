import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { writePrivateFile } from '../storage/write-private-file.ts';
import type { AuditFiles } from './audit-files.ts';
import { formatVerifierKey } from './checkpoint-note.ts';
import { keyChange, parseLogKeys } from './log-keys.ts';

/** A new key for a log. */
export function makeSigningKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

/**
 * Lets another key sign the log of a data folder from its first `size` records on, whose root is `root`. What is done is
 * done once the file of verifier keys is there; whatever is left of it then, {@link finishKeyChange} does.
 * @throws Error when the folder’s verifier keys don’t end with the key so far
 */
export function changeLogKey(
  files: AuditFiles,
  at: { readonly size: number; readonly root: Uint8Array },
  before: KeyObject,
  next: KeyObject,
): void {
  const written = existsSync(files.verifierKey) ? readFileSync(files.verifierKey, 'utf8') : '';
  const known = written === '' ? `${formatVerifierKey(before)}\n` : `${written.trimEnd()}\n`;
  if (parseLogKeys(known)?.newest.equals(createPublicKey(before)) !== true)
    throw new Error('audit-verifier-key.txt isn’t of the key that signs; “audit verify” says more');
  writePrivateFile(files.nextSigningKey, next.export({ type: 'pkcs8', format: 'pem' }).toString());
  writePrivateFile(files.verifierKey, `${known}${keyChange(at, before, next)}`);
  finishKeyChange(files);
}

/** Goes on with a change that a crash interrupted: whole where both keys had signed it, as if it had never begun otherwise. */
export function finishKeyChange(files: AuditFiles): void {
  if (!existsSync(files.nextSigningKey)) return;
  const written = existsSync(files.verifierKey) ? readFileSync(files.verifierKey, 'utf8') : '';
  const next = createPublicKey(createPrivateKey(readFileSync(files.nextSigningKey)));
  if (parseLogKeys(written)?.newest.equals(next) === true) renameSync(files.nextSigningKey, files.signingKey);
  else rmSync(files.nextSigningKey);
}
