import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { claimedSize, signNote } from '../../../relay/audit/checkpoint-note.ts';
import { cutStatement, openCutStatement } from '../../../relay/audit/cut-statement.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const cut = { size: 4711, root: Buffer.alloc(32, 7), keepDays: 90 };
const words = cutStatement(cut, privateKey);
const signature = words.split(' ').at(-1) ?? '';

describe('the words of a cut', () => {
  it('say what was cut, and are read as they were written', () => {
    expect(words).toMatch(/^Records 1 to 4711 were cut, which were older than 90 days; their root /);
    expect(openCutStatement(words, publicKey)).toEqual(cut);
    expect(openCutStatement(cutStatement({ ...cut, size: 0, keepDays: 0 }, privateKey), privateKey)).toMatchObject({
      size: 0,
    });
  });

  it.each<[what: string, text: string]>([
    ['of more records', words.replace('4711', '4712')],
    ['of fewer days', words.replace('90 days', '30 days')],
    ['of another root', words.replace(cut.root.toString('base64'), Buffer.alloc(32, 8).toString('base64'))],
    ['of a root that is too short', words.replace(/root \S+,/u, 'root AAAA,')],
    ['signed by another', cutStatement(cut, other.privateKey)],
    [
      'with the signature of another cut',
      words.replace(
        signature,
        cutStatement({ ...cut, size: 1 }, privateKey)
          .split(' ')
          .at(-1) ?? '',
      ),
    ],
    [
      'with the signature of another text',
      words.replace(signature, signNote('x\n', privateKey).trimEnd().split(' ').at(-1) ?? ''),
    ],
    ['without a signature', words.replace(signature, '')],
    ['with something in front', `x${words}`],
    ['with something behind', `${words} x`],
    ['with a line more', `${words}\nx`],
    ['of nothing', ''],
  ])('%s count for nothing', (_what, text) => {
    expect(text).not.toBe(words);
    expect(openCutStatement(text, publicKey)).toBeUndefined();
  });
});

it.each<[note: string, size: number]>([
  ['causeway/audit/v1\n7\nx\n', 7],
  ['a\n0\n', 0],
  [`a\n${'9'.repeat(15)}\n`, 999_999_999_999_999],
  [`a\n${'9'.repeat(16)}\n`, Number.POSITIVE_INFINITY],
  ['a\n7', Number.POSITIVE_INFINITY],
  ['a\n-7\n', Number.POSITIVE_INFINITY],
  ['a b\n7\n', Number.POSITIVE_INFINITY],
  ['\n7\n', Number.POSITIVE_INFINITY],
  ['x\na\n7\n', Number.POSITIVE_INFINITY],
  ['', Number.POSITIVE_INFINITY],
])('a note %j speaks of %d records', (note, size) => {
  expect(claimedSize(note)).toBe(size);
});
