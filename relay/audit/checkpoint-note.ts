import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** State of the chain at one moment: `hash` is the hash of record `seq`. */
export interface Checkpoint {
  readonly seq: number;
  readonly hash: Buffer;
  readonly timeMs: number;
}

const keyName = 'causeway-audit';
const origin = 'causeway/audit/v1';
const ed25519 = Buffer.from([0x01]);

function rawPublicKey(key: KeyObject): Buffer {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return Buffer.from(String(jwk.x), 'base64url');
}

function keyId(raw: Buffer): Buffer {
  return createHash('sha256').update(`${keyName}\n`).update(ed25519).update(raw).digest().subarray(0, 4);
}

/** The verifier key in one line, `<name>+<id>+<base64 of type and key>`, as C2SP signed-note writes it. */
export function formatVerifierKey(key: KeyObject): string {
  const raw = rawPublicKey(key);
  return `${keyName}+${keyId(raw).toString('hex')}+${Buffer.concat([ed25519, raw]).toString('base64')}`;
}

/** Reads what {@link formatVerifierKey} wrote; undefined when it is not such a line. */
export function parseVerifierKey(line: string): KeyObject | undefined {
  const match = /^causeway-audit\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(line.trim());
  const bytes = Buffer.from(match?.[2] ?? '', 'base64');
  const raw = bytes.subarray(1);
  if (bytes.length !== 33 || bytes[0] !== 0x01 || keyId(raw).toString('hex') !== match?.[1]) return undefined;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
}

/**
 * Signs a checkpoint as a C2SP signed note in the manner of tlog-checkpoint: origin, number of records, hash, time,
 * empty line, Ed25519 signature line.
 */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): string {
  const text = `${origin}\n${checkpoint.seq}\n${checkpoint.hash.toString('base64')}\ntime ${checkpoint.timeMs}\n`;
  const signature = Buffer.concat([keyId(rawPublicKey(key)), sign(null, Buffer.from(text), key)]);
  return `${text}\n— ${keyName} ${signature.toString('base64')}\n`;
}

/** Reads a note and checks its signature; undefined when its form or signature is wrong. */
export function openCheckpoint(note: string, key: KeyObject): Checkpoint | undefined {
  const match =
    /^(causeway\/audit\/v1\n(\d{1,15})\n([A-Za-z0-9+/]{43}=)\ntime (\d{1,15})\n)\n— causeway-audit ([A-Za-z0-9+/]+=*)\n$/.exec(
      note,
    );
  if (match === null) return undefined;
  const [, text = '', seq, hash = '', timeMs, signatureLine = ''] = match;
  const signature = Buffer.from(signatureLine, 'base64');
  if (!signature.subarray(0, 4).equals(keyId(rawPublicKey(key)))) return undefined;
  if (!verify(null, Buffer.from(text), key, signature.subarray(4))) return undefined;
  return { seq: Number(seq), hash: Buffer.from(hash, 'base64'), timeMs: Number(timeMs) };
}

/** Cuts the checkpoint file into its notes; a torn last one is kept, so that it fails to open. */
export function splitNotes(file: string): string[] {
  return file.split(/(?=^causeway\/audit\/v1$)/m).filter((note) => note.trim() !== '');
}
