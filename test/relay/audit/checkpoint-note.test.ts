import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  formatVerifierKey,
  logOrigin,
  openCheckpoint,
  parseVerifierKey,
  signCheckpoint,
  signNote,
  splitNotes,
} from '../../../relay/audit/checkpoint-note.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const checkpoint = { kind: 'tree', size: 7, hash: Buffer.alloc(32, 9) };
const note = signCheckpoint(checkpoint, privateKey);
const name = logOrigin(publicKey);
const raw = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url');

/** A verifier key of any type and length, with the id that such a key would have under the type of Ed25519. */
function line(given: { type?: number; key?: Buffer; as?: string; named?: string }): string {
  const { type = 1, key = raw, as = name, named = as } = given;
  const id = createHash('sha256')
    .update(`${as}\n`)
    .update(Buffer.from([1]))
    .update(key)
    .digest('hex');
  return `${named}+${id.slice(0, 8)}+${Buffer.concat([Buffer.from([type]), key]).toString('base64')}`;
}

describe('a verifier key', () => {
  it('is written as the specification of signed notes says, from either half of the pair', () => {
    expect(formatVerifierKey(publicKey)).toBe(line({}));
    expect(formatVerifierKey(privateKey)).toBe(line({}));
  });

  it('is the one of an earlier version, under the name that all relays had', () => {
    expect(parseVerifierKey(line({ as: 'causeway-audit' }))?.equals(publicKey)).toBe(true);
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
    ['of another name', line({ named: `${name.slice(0, -1)}g` })],
    ['of another relay’s name', line({ as: logOrigin(other.publicKey) })],
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
    const [head = '', signature = ''] = note.split(`— ${name} `);
    return `${head}— ${name} ${change(Buffer.from(signature, 'base64')).toString('base64')}\n`;
  };
  /** Another text with a valid signature. */
  const resignedAs = (text: string): string => signNote(text, privateKey);
  const flip =
    (at: number) =>
    (bytes: Buffer): Buffer => {
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };

  it.each<[what: string, text: string]>([
    ['of another record', note.replace('\n7\n', '\n8\n')],
    ['of a number with a zero in front', resignedAs(`${name}\n07\n${checkpoint.hash.toString('base64')}\n`)],
    ['with an extension line', resignedAs(`${name}\n7\n${checkpoint.hash.toString('base64')}\nmore\n`)],
    ['of another relay', resignedAs(`${logOrigin(other.publicKey)}\n7\n${checkpoint.hash.toString('base64')}\n`)],
    ['of another tree', note.replace(checkpoint.hash.toString('base64'), Buffer.alloc(32, 8).toString('base64'))],
    ['of another origin', note.replace('causeway/audit/', 'causeway/audit2/')],
    ['by another name', note.replace('— causeway/audit/', '— causeway/other/')],
    ['that another key signed', signCheckpoint(checkpoint, other.privateKey)],
    ...[0, 1, 2, 3].map((at): [string, string] => [`whose key id differs in byte ${at}`, resigned(flip(at))]),
    ['whose signature differs in its first byte', resigned(flip(4))],
    ['whose signature differs in its last byte', resigned(flip(67))],
    ['whose signature is cut short', resigned((bytes) => bytes.subarray(0, 67))],
    ['whose signature goes on', resigned((bytes) => Buffer.concat([bytes, Buffer.from([0])]))],
    ['without a signature', resigned((bytes) => bytes.subarray(0, 4))],
    ['with something in front', `\n${note}`],
    ['with something behind', `${note}\n`],
    ['without its last line end', note.trimEnd()],
    ['of nothing', ''],
  ])('%s counts for nothing', (_what, text) => {
    expect(openCheckpoint(text, publicKey)).toBeUndefined();
  });
});

describe('a checkpoint that others sign, too', () => {
  const cosignature = (key: typeof privateKey): string =>
    `— witness.example/w1 ${Buffer.concat([Buffer.from([1, 2, 3, 4]), sign(null, Buffer.from('x'), key)]).toString('base64')}\n`;

  it('counts with a witness’s signature before or behind, but not without the relay’s', () => {
    const [text = '', own = ''] = note.split('\n\n');
    const theirs = cosignature(other.privateKey);
    expect(openCheckpoint(`${text}\n\n${own}${theirs}`, publicKey)).toEqual(checkpoint);
    expect(openCheckpoint(`${text}\n\n${theirs}${own}`, publicKey)).toEqual(checkpoint);
    expect(openCheckpoint(`${text}\n\n${theirs}`, publicKey)).toBeUndefined();
  });
});

describe('a file of checkpoints', () => {
  it('is cut where notes begin, and nothing of it is lost', () => {
    expect(splitNotes('')).toEqual([]);
    expect(splitNotes(note + note)).toEqual([note, note]);
    expect(splitNotes(`${note}torn`)).toEqual([`${note}torn`]);
    expect(splitNotes(`${note}${name}\n8`)).toEqual([note, `${name}\n8`]);
  });
});
