import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  formatVerifierKey,
  openCheckpoint,
  parseVerifierKey,
  signCheckpoint,
  splitNotes,
} from '../../../relay/audit/checkpoint-note.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const checkpoint = { seq: 7, hash: Buffer.alloc(32, 9), timeMs: 1_767_600_000_000 };
const note = signCheckpoint(checkpoint, privateKey);
const raw = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url');

/** A verifier key of any type and length, with the id that such a key would have under the type of Ed25519. */
function line({ type = 1, key = raw, name = 'causeway-audit' }): string {
  const id = createHash('sha256')
    .update('causeway-audit\n')
    .update(Buffer.from([1]))
    .update(key)
    .digest('hex');
  return `${name}+${id.slice(0, 8)}+${Buffer.concat([Buffer.from([type]), key]).toString('base64')}`;
}

describe('a verifier key', () => {
  it('is written as the specification of signed notes says, from either half of the pair', () => {
    expect(formatVerifierKey(publicKey)).toBe(line({}));
    expect(formatVerifierKey(privateKey)).toBe(line({}));
  });

  it('is read as it was written, with a line end or without', () => {
    for (const end of ['', '\n', '\r\n']) {
      expect(parseVerifierKey(line({}) + end)?.equals(publicKey), JSON.stringify(end)).toBe(true);
    }
  });

  it.each([
    ['of another type', line({ type: 2 })],
    ['of type 0', line({ type: 0 })],
    ['that is a byte too long', line({ key: Buffer.concat([raw, Buffer.from([0])]) })],
    ['that is a byte too short', line({ key: raw.subarray(0, 31) })],
    ['without a key', line({ key: Buffer.alloc(0) })],
    ['of another name', line({ name: 'causeway-audit2' })],
    ['with another id', line({}).replace(/\+[0-9a-f]{8}\+/u, '+00000000+')],
    ['with something in front', `x${line({})}`],
    ['with something behind', `${line({})} x`],
    ['of two lines', `${line({})}\n${line({})}`],
    ['of nothing', ''],
  ])('%s is none', (_what, text) => {
    expect(parseVerifierKey(text)).toBeUndefined();
  });
});

describe('a checkpoint', () => {
  it('is read as it was signed', () => {
    expect(openCheckpoint(note, publicKey)).toEqual(checkpoint);
  });

  /** The note with its signature's bytes changed. */
  const resigned = (change: (bytes: Buffer) => Buffer): string => {
    const [head = '', signature = ''] = note.split('— causeway-audit ');
    return `${head}— causeway-audit ${change(Buffer.from(signature, 'base64')).toString('base64')}\n`;
  };
  const flip =
    (at: number) =>
    (bytes: Buffer): Buffer => {
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };

  it.each<[what: string, text: string]>([
    ['of another record', note.replace('\n7\n', '\n8\n')],
    ['at another time', note.replace('time 1', 'time 2')],
    ['of another chain', note.replace(checkpoint.hash.toString('base64'), Buffer.alloc(32, 8).toString('base64'))],
    ['of another origin', note.replace('causeway/audit/v1', 'causeway/audit/v2')],
    ['by another name', note.replace('— causeway-audit ', '— causeway-other ')],
    ['that another key signed', signCheckpoint(checkpoint, other.privateKey)],
    ...[0, 1, 2, 3].map((at): [string, string] => [`whose key id differs in byte ${at}`, resigned(flip(at))]),
    ['whose signature differs in its first byte', resigned(flip(4))],
    ['whose signature differs in its last byte', resigned(flip(67))],
    ['whose signature is cut short', resigned((bytes) => bytes.subarray(0, 67))],
    ['whose signature goes on', resigned((bytes) => Buffer.concat([bytes, Buffer.from([0])]))],
    ['without a signature', resigned((bytes) => bytes.subarray(0, 4))],
    ['with a second signature', `${note}${note.split('\n\n')[1]}`],
    ['with something in front', `\n${note}`],
    ['with something behind', `${note}\n`],
    ['without its last line end', note.trimEnd()],
    ['of nothing', ''],
  ])('%s counts for nothing', (_what, text) => {
    expect(openCheckpoint(text, publicKey)).toBeUndefined();
  });
});

describe('a file of checkpoints', () => {
  it('is cut where notes begin, and nothing of it is lost', () => {
    expect(splitNotes('')).toEqual([]);
    expect(splitNotes(note + note)).toEqual([note, note]);
    expect(splitNotes(`${note}torn`)).toEqual([`${note}torn`]);
    expect(splitNotes(`${note}causeway/audit/v1\n8`)).toEqual([note, 'causeway/audit/v1\n8']);
  });
});
