import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { writePrivateFile } from '../write-private-file.ts';
import {
  type BridgeSecrets,
  fingerprint,
  type KeyRing,
  keyRingSchema,
  newKeyRing,
  rotated,
  secretsOf,
} from './bridge-key-ring.ts';

/** The bridge’s keys. */
export interface BridgeKeys {
  current(): BridgeSecrets;
  /** Makes and retires keys as their age demands; true when that changed what `current` says. */
  rotate(): boolean | Promise<boolean>;
}

/**
 * Reads `saml-bridge-keys.json` (mode 0600) of the data folder, or makes it at the first start.
 * @throws AccessError `bad-config` when the file can’t be used
 */
export function openBridgeKeys(dataDir: string, now: () => number): BridgeKeys & { rotate(): boolean } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'saml-bridge-keys.json');
  const save = (next: KeyRing): KeyRing => {
    writePrivateFile(path, JSON.stringify(next));
    return next;
  };
  let ring = existsSync(path) ? read(path) : save(newKeyRing(now()));
  let secrets = secretsOf(ring, now());

  const keys = {
    current: () => secrets,
    rotate() {
      const next = rotated(ring, now());
      if (next !== null) ring = save(next);
      const before = fingerprint(secrets);
      secrets = secretsOf(ring, now());
      return fingerprint(secrets) !== before;
    },
  };
  keys.rotate();
  return keys;
}

function read(path: string): KeyRing {
  try {
    return keyRingSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new AccessError(
      'bad-config',
      `The SAML bridge’s keys in ${path} can’t be read; restore the file or move it away.`,
      { cause: error },
    );
  }
}
