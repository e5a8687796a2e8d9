import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import {
  type BridgeSecrets,
  fingerprint,
  type KeyRing,
  keyRingSchema,
  newKeyRing,
  rotated,
  secretsOf,
} from './bridge-key-ring.ts';
import { makePrivateFolder } from '../storage/give-to-owner.ts';

/** The bridge’s keys. */
export interface BridgeKeys {
  /** Null for as long as the place where they are kept has never been in reach. */
  current(): BridgeSecrets | null;
  /** Makes and retires keys as their age demands; true when that changed what `current` says. @throws AccessError */
  rotate(): boolean | Promise<boolean>;
}

/** Keys in the data folder, which is always in reach. */
export interface OwnBridgeKeys extends BridgeKeys {
  current(): BridgeSecrets;
  rotate(): boolean;
}

/**
 * Reads `saml-bridge-keys.json` (mode 0600) of the data folder, or makes it at the first start.
 * @param follows another process of this relay makes the keys; `rotate` only reads them
 * @throws AccessError `bad-config` when the file can’t be used
 */
export function openBridgeKeys(dataDir: string, now: () => number, follows = false): OwnBridgeKeys {
  makePrivateFolder(dataDir);
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
      const next = follows ? null : rotated(ring, now());
      if (follows) ring = read(path);
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
