import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { writePrivateFile } from '../storage/write-private-file.ts';
import { makePrivateFolder } from '../storage/give-to-owner.ts';

/** A key that signs identities for APIs. */
export interface SigningKey {
  readonly kid: string;
  readonly createdAtMs: number;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

/** The keys of a data folder, oldest first. */
export interface IdentityKeyFile {
  /** Those that are there; none before the first start. @throws AccessError `bad-config` when the file can’t be used */
  read(): readonly SigningKey[];
  /** Whole or not at all. */
  write(keys: readonly SigningKey[]): void;
  /** Changes whenever the file does, also by another process. */
  version(): string;
}

const storedKeysSchema = z.array(z.strictObject({ createdAtMs: z.number(), privateKey: z.string() })).min(1);

/** `identity-keys.json` of a data folder, mode 0600. */
export function identityKeyFile(dataDir: string): IdentityKeyFile {
  const path = join(dataDir, 'identity-keys.json');
  makePrivateFolder(dataDir);
  return {
    read: () => (statSync(path, { throwIfNoEntry: false }) === undefined ? [] : readKeys(path)),
    write: (keys) => writePrivateFile(path, JSON.stringify(keys.map(storedForm))),
    version() {
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`;
    },
  };
}

/** Makes a key that signs from a day later on, or at once when there is no other. */
export function makeIdentityKey(createdAtMs: number): SigningKey {
  return signingKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, createdAtMs);
}

/**
 * Puts a new key in the place of all that there are, because one has leaked: from then on none of them counts. A relay that
 * runs takes it within seconds. @returns the name of the new key
 */
export function replaceIdentityKeys(dataDir: string, nowMs: number): string {
  const key = makeIdentityKey(nowMs);
  identityKeyFile(dataDir).write([key]);
  return key.kid;
}

function signingKey(privateKey: KeyObject, createdAtMs: number): SigningKey {
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  // JWK thumbprint, RFC 7638.
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
  return { kid, createdAtMs, privateKey, publicJwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } as JWK };
}

function storedForm({ createdAtMs, privateKey }: SigningKey): { createdAtMs: number; privateKey: string } {
  return { createdAtMs, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function readKeys(path: string): readonly SigningKey[] {
  try {
    return storedKeysSchema
      .parse(JSON.parse(readFileSync(path, 'utf8')))
      .map(({ privateKey, createdAtMs }) => signingKey(createPrivateKey(privateKey), createdAtMs));
  } catch (error) {
    throw new AccessError(
      'bad-config',
      `The relay’s keys in ${path} can’t be read; restore the file or move it away.`,
      {
        cause: error,
      },
    );
  }
}
