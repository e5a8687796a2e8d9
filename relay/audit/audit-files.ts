import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finishKeyChange, makeSigningKey } from './change-log-key.ts';
import { formatVerifierKey, parseVerifierKey } from './checkpoint-note.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';

/** Names of everything that the audit keeps in the data folder. */
export interface AuditFiles {
  readonly database: string;
  /** Held locked by the relay that writes. */
  readonly lock: string;
  /** Signed notes, one after the other; copy it elsewhere to notice truncation and roll-back. */
  readonly checkpoints: string;
  /** Ed25519 private key, PKCS #8 PEM, mode 0600. */
  readonly signingKey: string;
  /** A key that is about to follow it; only while one takes over from the other. */
  readonly nextSigningKey: string;
  /** The public part of the first key, one line, and a note for each that followed; whoever verifies should hold a copy. */
  readonly verifierKey: string;
  /** Folder of files that say where in the database what is; made again when they are missing. */
  readonly index: string;
  /** Keys of what is sealed in records; the only part of the audit that can be thrown away. */
  readonly keys: string;
  /** How far those are that the audit is sent to; it is theirs, and only read here. */
  readonly sinks: string;
}

/** Where the audit of this data folder lives. */
export function auditFiles(dataDir: string): AuditFiles {
  return {
    database: join(dataDir, 'audit.sqlite'),
    lock: join(dataDir, 'audit.lock'),
    checkpoints: join(dataDir, 'audit-checkpoints.log'),
    signingKey: join(dataDir, 'audit-signing-key.pem'),
    nextSigningKey: join(dataDir, 'audit-signing-key.pem.new'),
    verifierKey: join(dataDir, 'audit-verifier-key.txt'),
    keys: join(dataDir, 'audit-keys.sqlite'),
    sinks: join(dataDir, 'sinks.sqlite'),
    index: join(dataDir, 'audit-index'),
  };
}

/** Reads the signing key or makes it, with its verifier key beside it, at the first start. */
export function loadSigningKey(files: AuditFiles): KeyObject {
  finishKeyChange(files);
  if (!existsSync(files.signingKey))
    writePrivateFile(files.signingKey, makeSigningKey().export({ type: 'pkcs8', format: 'pem' }).toString());
  const key = createPrivateKey(readFileSync(files.signingKey));
  const line = `${formatVerifierKey(key)}\n`;
  const written = existsSync(files.verifierKey) ? readFileSync(files.verifierKey, 'utf8') : undefined;
  // An earlier version wrote the same key under another name. Whatever else stands there is for the verifier to name.
  const ofThisKey = written === undefined || parseVerifierKey(written)?.equals(createPublicKey(key)) === true;
  if (ofThisKey && written !== line) writePrivateFile(files.verifierKey, line);
  return key;
}
