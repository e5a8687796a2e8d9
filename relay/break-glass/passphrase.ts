import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { PageError } from '../page-texts/page-error.ts';
import { pageText, type Sentence } from '../page-texts/page-text.ts';
import type { Passphrase } from './account.ts';

const argon2id = promisify(argon2).bind(null, 'argon2id');

type Hashed = Pick<Passphrase, 'salt' | 'hash' | 'memoryKib' | 'passes' | 'parallelism'>;

/** The second recommended choice of RFC 9106 §4: 64 MiB. */
const numbers = { memoryKib: 65_536, passes: 3, parallelism: 4 } as const;
const hashBytes = 32;
const maxBytes = 1024;
/** Each takes 64 MiB and a core for a fifth of a second: guesses must not take the relay’s. */
const mostAtOnce = 2;
const mostWaiting = 16;

let running = 0;
const waiting: (() => void)[] = [];

/** Made up, so that an unknown account takes as long as a known one. */
const nobody: Hashed = {
  ...numbers,
  salt: randomBytes(16).toString('base64url'),
  hash: randomBytes(hashBytes).toString('base64url'),
};

/** A hash with its salt and numbers. @throws AccessError `overloaded` */
export async function hashPassphrase(passphrase: string): Promise<Hashed> {
  const salt = randomBytes(16);
  const hash = await derive(passphrase, { ...numbers, salt: salt.toString('base64url') });
  return { ...numbers, salt: salt.toString('base64url'), hash: hash.toString('base64url') };
}

/** Whether it is this one; takes as long when there is none to compare with. @throws AccessError `overloaded` */
export async function isPassphrase(passphrase: string, stored: Hashed | null): Promise<boolean> {
  const expected = stored ?? nobody;
  const found = await derive(passphrase, expected);
  const wanted = Buffer.from(expected.hash, 'base64url');
  return timingSafeEqual(found, wanted) && stored !== null;
}

/** Why a passphrase is too easy to guess; null when it isn’t. Pure. */
export function weakness(passphrase: string, account: string, minLength: number): Sentence | null {
  const length = Array.from(passphrase.normalize('NFKC')).length;
  if (length < minLength) return () => pageText('break-glass.weak.short', { count: minLength });
  if (Buffer.byteLength(passphrase) > maxBytes) return () => pageText('break-glass.weak.long');
  const plain = passphrase.normalize('NFKC').toLowerCase();
  if (new Set(plain.replaceAll(/\s/g, '')).size < 8) return () => pageText('break-glass.weak.few');
  if (plain.includes(account)) return () => pageText('break-glass.weak.account');
  if (/^(.{1,8})\1+$/.test(plain.replaceAll(/\s/g, ''))) return () => pageText('break-glass.weak.repeats');
  if (common.some((word) => plain.replaceAll(/[^a-z0-9]/g, '') === word))
    return () => pageText('break-glass.weak.known');
  return null;
}

/** Long enough, and first on every list. */
const common = [
  'correcthorsebatterystaple',
  'correcthorsebatterystable',
  'abcdefghijklmnop',
  'abcdefghijklmnopqrstuvwxyz',
  '1234567890123456',
  '12345678901234567890',
  'qwertyuiopasdfgh',
  'qwertyuiopasdfghjklzxcvbnm',
  'thequickbrownfox',
  'thequickbrownfoxjumpsoverthelazydog',
];

async function derive(passphrase: string, hashed: Omit<Hashed, 'hash'>): Promise<Buffer> {
  await turn();
  try {
    const { salt, memoryKib, passes, parallelism } = hashed;
    return await argon2id({
      message: passphrase.normalize('NFKC').slice(0, maxBytes),
      nonce: Buffer.from(salt, 'base64url'),
      parallelism,
      tagLength: hashBytes,
      memory: memoryKib,
      passes,
    });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

async function turn(): Promise<void> {
  if (running >= mostAtOnce) {
    if (waiting.length >= mostWaiting) throw new PageError('overloaded', () => pageText('break-glass.refused.busy'));
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
}
