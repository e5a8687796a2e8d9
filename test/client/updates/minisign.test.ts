import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkSignature, publicKeyText, readFeedKey, signBytes } from '../../../client/updates/minisign.ts';
import { UpdateFailure } from '../../../client/updates/update-failure.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const keys = [readFeedKey(publicKeyText(privateKey))];
const bytes = Buffer.from('version: 1.1.0\nfiles: []\n');
const signature = signBytes(bytes, privateKey, 'timestamp:1\tfile:latest.yml\thashed');

function outcome(of: Uint8Array, by: string): string {
  try {
    checkSignature(of, by, keys);
    return 'good';
  } catch (error) {
    if (!(error instanceof UpdateFailure)) throw error;
    return error.reason;
  }
}

test('no byte of what is signed can be changed, taken away or added', () => {
  expect(outcome(bytes, signature)).toBe('good');
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(outcome(changed, signature)).toBe('wrong-signature');
    expect(outcome(bytes.subarray(0, at), signature)).toBe('wrong-signature');
  }
  expect(outcome(Buffer.concat([bytes, Buffer.from('\n')]), signature)).toBe('wrong-signature');
});

test('no character of the signature can be changed but those of its untrusted comment and the padding of its base64', () => {
  const [untrusted = '', first = ''] = signature.split('\n');
  const padding = new Set([untrusted.length + first.length - 1, signature.length - 4]);
  for (let at = untrusted.length + 1; at < signature.length - 1; at += 1) {
    const other = signature[at] === 'A' ? 'Q' : 'A';
    const found = outcome(bytes, `${signature.slice(0, at)}${other}${signature.slice(at + 1)}`);
    if (!padding.has(at)) expect([at, signature[at], found === 'good']).toEqual([at, signature[at], false]);
  }
});

test.each<[what: string, text: string]>([
  ['nothing', ''],
  ['half of it', signature.slice(0, 150)],
  ['two of it', signature + signature],
  ['no trusted comment', signature.split('\n').slice(0, 2).join('\n')],
  ['the form without a hash, which is older', signature.replace('\nRU', '\nRW')],
  ['a comment of two lines', signature.replace('\thashed', '\nhashed')],
  ['a comment without end', signature.replace('\thashed', 'x'.repeat(2_000))],
])('%s is no signature', (_what, text) => expect(outcome(bytes, text)).toBe('unsigned'));

test.each(['', 'RW', 'x'.repeat(56), Buffer.alloc(42).toString('base64'), `${publicKeyText(privateKey)}AAAA`])(
  '“%s” is no public key',
  (text) => expect(() => readFeedKey(text)).toThrow(/no public key/),
);
