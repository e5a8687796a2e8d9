import { createHash, createPublicKey, verify } from 'node:crypto';

const sha = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const leaf = (line: Uint8Array): Buffer => sha(Buffer.from([0]), line);
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha(Buffer.from([1]), left, right);

/** MTH(D[n]) word for word as RFC 6962 §2.1 defines it. */
export function rootOfLines(lines: readonly (string | Buffer)[]): Buffer {
  if (lines.length === 0) return sha();
  if (lines.length === 1) return leaf(Buffer.from(lines[0] ?? ''));
  const split = 2 ** (Math.ceil(Math.log2(lines.length)) - 1);
  return node(rootOfLines(lines.slice(0, split)), rootOfLines(lines.slice(split)));
}

/** RFC 9162 §2.1.3.2. */
export function verifiesInclusion(
  line: Uint8Array,
  index: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (index >= size) return false;
  let [fn, sn, hash] = [BigInt(index), BigInt(size - 1), leaf(line)];
  for (const part of proof) {
    if (sn === 0n) return false;
    if (fn % 2n === 1n || fn === sn) {
      hash = node(part, hash);
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else hash = node(hash, part);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && hash.equals(root);
}

/** RFC 9162 §2.1.4.2. */
export function verifiesConsistency(
  from: { readonly size: number; readonly root: Buffer },
  to: { readonly size: number; readonly root: Buffer },
  given: readonly Buffer[],
): boolean {
  if (from.size === to.size) return given.length === 0 && from.root.equals(to.root);
  const proof = Number.isInteger(Math.log2(from.size)) ? [from.root, ...given] : [...given];
  let [fn, sn] = [BigInt(from.size - 1), BigInt(to.size - 1)];
  while (fn % 2n === 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  const [first, ...rest] = proof;
  if (first === undefined) return false;
  let [fr, sr] = [first, first];
  for (const part of rest) {
    if (sn === 0n) return false;
    if (fn % 2n === 1n || fn === sn) {
      [fr, sr] = [node(part, fr), node(part, sr)];
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else sr = node(sr, part);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && fr.equals(from.root) && sr.equals(to.root);
}

/** Text of a C2SP signed note; throws unless the Ed25519 key of the line signed it under the line's name. */
export function readNote(note: string, verifierKeyLine: string): { readonly name: string; readonly text: string } {
  const [name = '', id = '', ...key] = verifierKeyLine.trim().split('+');
  const material = Buffer.from(key.join('+'), 'base64');
  const expectedId = sha(Buffer.from(`${name}\n`), material).subarray(0, 4);
  if (material[0] !== 1 || expectedId.toString('hex') !== id) throw new Error('Not an Ed25519 verifier key');
  const [body = '', signatures = ''] = note.split('\n\n');
  const signature = signatures
    .split('\n')
    .map((line) => line.split(' '))
    .find(([dash, by]) => dash === '—' && by === name);
  const bytes = Buffer.from(signature?.[2] ?? '', 'base64');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), material.subarray(1)]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  if (!bytes.subarray(0, 4).equals(expectedId) || !verify(null, Buffer.from(`${body}\n`), publicKey, bytes.subarray(4)))
    throw new Error('Not signed by this key');
  return { name, text: `${body}\n` };
}

/** Reads a checkpoint as C2SP tlog-checkpoint says; throws when the key of the line didn't sign it. */
export function readCheckpoint(
  note: string,
  verifierKeyLine: string,
): { readonly size: number; readonly root: Buffer } {
  const { name, text } = readNote(note, verifierKeyLine);
  const [origin, size, root = ''] = text.split('\n');
  if (origin !== name) throw new Error('Another log’s checkpoint');
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

/** Checks a whole C2SP tlog-proof, the record itself as its extra data; answers the record. */
export function readProof(proof: string, verifierKeyLine: string): string {
  const [head = '', ...rest] = proof.split('\n\n');
  const [version, extra = '', index = '', ...hashes] = head.split('\n');
  if (version !== 'c2sp.org/tlog-proof@v1' || !extra.startsWith('extra ') || !index.startsWith('index '))
    throw new Error('Not a proof');
  const line = Buffer.from(extra.slice(6), 'base64');
  const { size, root } = readCheckpoint(rest.join('\n\n'), verifierKeyLine);
  const decoded = hashes.map((hash) => Buffer.from(hash, 'base64'));
  if (!verifiesInclusion(line, Number(index.slice(6)), size, decoded, root)) throw new Error('Not in the log');
  return line.toString();
}
