import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { UpdateFailure } from './update-failure.ts';

// Signatures in the form of minisign (https://jedisct1.github.io/minisign/): Ed25519 over the BLAKE2b-512 hash of the file,
// and a second one over the first with the trusted comment. IT can check a feed with that tool as well.
const signatureBytes = 64;
const keyIdBytes = 8;
const keyAlgorithm = 'Ed';
const hashedAlgorithm = 'ED';
/** What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410 §4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const signatureFile =
  /^untrusted comment: [^\r\n]{0,1024}\r?\n([A-Za-z\d+/]{98,100}={0,2})\r?\ntrusted comment: ([^\r\n]{0,1024})\r?\n([A-Za-z\d+/]{86}==)\r?\n?$/;

/** A public key with the id by which signatures name it. */
export interface FeedKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Reads a public key as minisign prints it, a line of base64. @throws Error when it is none */
export function readFeedKey(text: string): FeedKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== 42 || bytes.subarray(0, 2).toString('latin1') !== keyAlgorithm)
    throw new Error('This is no public key of minisign: a line of base64 that begins with RW.');
  return { id: bytes.subarray(2, 10).toString('hex'), key: rawPublicKey(bytes.subarray(10)) };
}

/**
 * Checks the signature of a file’s exact bytes. @throws UpdateFailure `unsigned` when it is no signature, `wrong-key` when
 * none of the keys made it, `wrong-signature` when the file or the signature was changed
 */
export function checkSignature(bytes: Uint8Array, signature: string, keys: readonly FeedKey[]): void {
  const [, first = '', comment = '', second = ''] = signatureFile.exec(signature) ?? [];
  const blob = Buffer.from(first, 'base64');
  if (blob.length !== 2 + keyIdBytes + signatureBytes || blob.subarray(0, 2).toString('latin1') !== hashedAlgorithm)
    throw new UpdateFailure('unsigned', 'The signature isn’t one of minisign over the hash of the file.');
  const id = blob.subarray(2, 2 + keyIdBytes).toString('hex');
  const key = keys.find((known) => known.id === id)?.key;
  if (key === undefined) throw new UpdateFailure('wrong-key', `The key ${id} isn’t one that this app was built with.`);
  const signed = blob.subarray(2 + keyIdBytes);
  const isGood =
    verify(null, hashOf(bytes), key, signed) &&
    verify(null, Buffer.concat([signed, Buffer.from(comment)]), key, Buffer.from(second, 'base64'));
  if (!isGood) throw new UpdateFailure('wrong-signature', `The signature by ${id} isn’t of these bytes.`);
}

/** Signs a file’s bytes; the text is what stands in its `.minisig`. `key` is a private Ed25519 key. */
export function signBytes(bytes: Uint8Array, key: KeyObject, trustedComment: string): string {
  const { id } = readFeedKey(publicKeyText(key));
  const signed = sign(null, hashOf(bytes), key);
  const blob = Buffer.concat([Buffer.from(hashedAlgorithm), Buffer.from(id, 'hex'), signed]);
  const second = sign(null, Buffer.concat([signed, Buffer.from(trustedComment)]), key);
  return [
    `untrusted comment: signature from Causeway’s feed key ${id}`,
    blob.toString('base64'),
    `trusted comment: ${trustedComment}`,
    second.toString('base64'),
    '',
  ].join('\n');
}

/** The public key of a private one, in the form that `readFeedKey` reads; its id is made of the key itself. */
export function publicKeyText(key: KeyObject): string {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('The key of the feed must be an Ed25519 key.');
  const raw = createPublicKey(key as never)
    .export({ type: 'spki', format: 'der' })
    .subarray(spkiPrefix.length);
  return Buffer.concat([Buffer.from(keyAlgorithm), hashOf(raw).subarray(0, keyIdBytes), raw]).toString('base64');
}

function rawPublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' });
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('blake2b512').update(bytes).digest();
}
