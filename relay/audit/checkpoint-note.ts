import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/**
 * What was signed for the first `size` records: the root of the tree over them or, in notes of earlier versions, the
 * hash that the last of them has in the chain.
 */
export interface Checkpoint {
  readonly kind: 'tree' | 'chain';
  readonly size: number;
  readonly hash: Buffer;
}

const chainName = 'causeway-audit';
/** First line of the notes of earlier versions. */
export const chainOrigin = 'causeway/audit/v1';
const ed25519 = Buffer.from([0x01]);

function rawPublicKey(key: KeyObject): Buffer {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return Buffer.from(String(jwk.x), 'base64url');
}

/**
 * Name of the log and of its key, which is another one for each relay: witnesses remember what they have seen of a log
 * by this name.
 */
export function logOrigin(key: KeyObject): string {
  return `causeway/audit/${createHash('sha256').update(rawPublicKey(key)).digest('hex').slice(0, 16)}`;
}

/** C2SP signed-note, “Ed25519 signatures”. */
function keyId(name: string, raw: Buffer): Buffer {
  return createHash('sha256').update(`${name}\n`).update(ed25519).update(raw).digest().subarray(0, 4);
}

/** The verifier key in one line, `<name>+<id>+<base64 of type and key>`, as C2SP signed-note writes it. */
export function formatVerifierKey(key: KeyObject): string {
  const raw = rawPublicKey(key);
  const name = logOrigin(key);
  return `${name}+${keyId(name, raw).toString('hex')}+${Buffer.concat([ed25519, raw]).toString('base64')}`;
}

/**
 * Reads what {@link formatVerifierKey} wrote, or the line of an earlier version, which names the key otherwise; undefined
 * when it is neither.
 */
export function parseVerifierKey(line: string): KeyObject | undefined {
  const match = /^([a-z/-]+(?:[0-9a-f]{16})?)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(line.trim());
  const [, name = '', id, base64 = ''] = match ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const raw = bytes.subarray(1);
  if (bytes.length !== 33 || bytes[0] !== 0x01 || keyId(name, raw).toString('hex') !== id) return undefined;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return name === chainName || name === logOrigin(key) ? key : undefined;
}

/** Signs a text of whole lines as a C2SP signed note under the name of the log. */
export function signNote(text: string, key: KeyObject): string {
  const name = logOrigin(key);
  const signature = Buffer.concat([keyId(name, rawPublicKey(key)), sign(null, Buffer.from(text), key)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

/** Signs the root over the first `size` records as a C2SP tlog-checkpoint. */
export function signCheckpoint(
  checkpoint: { readonly size: number; readonly hash: Uint8Array },
  key: KeyObject,
): string {
  const { size, hash } = checkpoint;
  return signNote(`${logOrigin(key)}\n${size}\n${Buffer.from(hash).toString('base64')}\n`, key);
}

/** Text of a note when this key signed it. Signatures of other keys, such as witnesses', don't count (C2SP signed-note). */
export function openNote(note: string, key: KeyObject, name = logOrigin(key)): string | undefined {
  const end = note.lastIndexOf('\n\n') + 1;
  const lines = /^(?:— [^\s+]+ [A-Za-z0-9+/]+=*\n){1,100}$/u.exec(note.slice(end + 1));
  if (end === 0 || lines === null) return undefined;
  const text = note.slice(0, end);
  const id = keyId(name, rawPublicKey(key));
  const ours = lines[0]
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, by]) => by === name)
    .map(([, , base64 = '']) => Buffer.from(base64, 'base64'))
    .filter((signature) => signature.subarray(0, 4).equals(id));
  const valid = ours.every((signature) => verify(null, Buffer.from(text), key, signature.subarray(4)));
  return ours.length > 0 && valid ? text : undefined;
}

/** Reads a checkpoint and checks its signature; undefined when its form or signature is wrong. */
export function openCheckpoint(note: string, key: KeyObject): Checkpoint | undefined {
  const ofChain = note.startsWith(`${chainOrigin}\n`);
  const text = openNote(note, key, ofChain ? chainName : logOrigin(key));
  const match = /^(\S+)\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\n(time \d{1,15}\n)?$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, origin, size, hash = '', time] = match;
  if (origin !== (ofChain ? chainOrigin : logOrigin(key)) || ofChain === (time === undefined)) return undefined;
  return { kind: ofChain ? 'chain' : 'tree', size: Number(size), hash: Buffer.from(hash, 'base64') };
}

/** Cuts the checkpoint file into its notes; a torn last one is kept, so that it fails to open. */
export function splitNotes(file: string): string[] {
  return file.split(/(?=^causeway\/audit\/(?:v1|[0-9a-f]{16})$)/m).filter((note) => note.trim() !== '');
}

/** Number of records that a note speaks of before its signature is checked; more than any when it can't be read. */
export function claimedSize(note: string): number {
  const [, size] = /^\S+\n(\d{1,15})\n/.exec(note) ?? [];
  return Number(size ?? Number.POSITIVE_INFINITY);
}
