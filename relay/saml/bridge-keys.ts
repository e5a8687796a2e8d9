import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { z } from 'zod';
import { AccessError } from '../../shared/errors.ts';
import { writePrivateFile } from '../write-private-file.ts';

/** Secrets of the bridge’s OpenID provider, as they are to be used now. */
export interface BridgeSecrets {
  /** Private ES256 keys; the first signs, all are published. */
  readonly jwks: readonly JWK[];
  /** Sign cookies; the first one does, all are accepted. */
  readonly cookieKeys: readonly string[];
  readonly dpopNonce: Buffer;
}

/** The bridge’s keys in the data folder. */
export interface BridgeKeys {
  current(): BridgeSecrets;
  /** Makes and retires keys as their age demands; true when that changed what `current` says. */
  rotate(): boolean;
}

const hourMs = 3_600_000;
const rotateAfterMs = 30 * 24 * hourMs;
/** A new key is published this long before it signs, and an old one this long after. */
const overlapMs = 24 * hourMs;

const storedSchema = z.strictObject({
  signing: z.array(z.strictObject({ createdAtMs: z.number(), privateKey: z.string() })).min(1),
  cookies: z.array(z.string().min(32)).min(1),
  dpopNonce: z.string().length(64),
});
type Stored = z.infer<typeof storedSchema>;

/**
 * Reads `saml-bridge-keys.json` (mode 0600) of the data folder, or makes it at the first start.
 * @param follows another process of this relay makes the keys; `rotate` only reads them
 * @throws AccessError `bad-config` when the file can’t be used
 */
export function openBridgeKeys(dataDir: string, now: () => number, follows = false): BridgeKeys {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'saml-bridge-keys.json');
  let stored = existsSync(path) ? read(path) : save(path, fresh(now()));
  let secrets = secretsOf(stored, now());

  const keys: BridgeKeys = {
    current: () => secrets,
    rotate() {
      const nowMs = now();
      const newest = stored.signing.at(-1);
      if (follows) stored = read(path);
      else if (newest === undefined || nowMs - newest.createdAtMs >= rotateAfterMs - overlapMs) {
        const signing = [...stored.signing.filter((_, index) => stillNeeded(stored, index, nowMs)), makeKey(nowMs)];
        stored = save(path, { ...stored, signing, cookies: [newSecret(), ...stored.cookies].slice(0, 2) });
      }
      const before = fingerprint(secrets);
      secrets = secretsOf(stored, nowMs);
      return fingerprint(secrets) !== before;
    },
  };
  keys.rotate();
  return keys;
}

function secretsOf(stored: Stored, nowMs: number): BridgeSecrets {
  const needed = stored.signing.filter((_, index) => stillNeeded(stored, index, nowMs));
  const published = needed.filter(({ createdAtMs }) => nowMs - createdAtMs >= overlapMs);
  const active = published.at(-1) ?? needed[0];
  const ordered = active === undefined ? needed : [active, ...needed.filter((key) => key !== active)];
  return {
    jwks: ordered.map(({ privateKey }) => privateJwk(createPrivateKey(privateKey))),
    cookieKeys: stored.cookies,
    dpopNonce: Buffer.from(stored.dpopNonce, 'hex'),
  };
}

/** A key is needed until its successor has signed for longer than the overlap. */
function stillNeeded({ signing }: Stored, index: number, nowMs: number): boolean {
  const successor = signing[index + 1];
  return successor === undefined || nowMs - successor.createdAtMs < 2 * overlapMs;
}

function privateJwk(key: KeyObject): JWK {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  // JWK thumbprint, RFC 7638.
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
  return { ...key.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } as JWK;
}

function fingerprint({ jwks, cookieKeys }: BridgeSecrets): string {
  return JSON.stringify([jwks.map(({ kid }) => kid), cookieKeys]);
}

function fresh(nowMs: number): Stored {
  return { signing: [makeKey(nowMs)], cookies: [newSecret()], dpopNonce: newSecret() };
}

function makeKey(createdAtMs: number): Stored['signing'][number] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { createdAtMs, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}

function save(path: string, stored: Stored): Stored {
  writePrivateFile(path, JSON.stringify(stored));
  return stored;
}

function read(path: string): Stored {
  try {
    return storedSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new AccessError(
      'bad-config',
      `The SAML bridge’s keys in ${path} can’t be read; restore the file or move it away.`,
      { cause: error },
    );
  }
}
