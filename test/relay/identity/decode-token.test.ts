import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../../relay/identity/decode-token.ts';

const encode = (content: string | Buffer): string => Buffer.from(content).toString('base64url');
const header = encode('{"alg":"ES256"}');
const payload = encode('{"sub":"a"}');
const badUtf8 = encode(Buffer.from('{"a":"\u00ff"}', 'latin1'));

/** What is told of one part, whichever it is. */
const inPart = (part: string, says: string): [string, string][] => [
  [`${part}.${payload}.AA`, `has a header that ${says}`],
  [`${header}.${part}.AA`, `has a payload that ${says}`],
];

describe('a token that can’t be read', () => {
  it.each<[token: string, says: string]>([
    ['', 'isn’t a signed JWT of three parts'],
    ['opaque', 'isn’t a signed JWT of three parts'],
    [`${header}.${payload}`, 'isn’t a signed JWT of three parts'],
    [`${header}.${payload}.AA.AA`, 'isn’t a signed JWT of three parts'],
    [`${header}.${payload}.AA.AA.AA`, 'is encrypted (JWE)'],
    [`${header}.${payload}.AA.AA.AA.AA`, 'isn’t a signed JWT of three parts'],
    [`${header}.${payload}.AA.AA.AA.AA.AA`, 'isn’t a signed JWT of three parts'],
    ...['A', 'AB', 'AA=', 'AA==', 'A A', 'AA\n', 'AA+/', '“AA”'].flatMap((part): [string, string][] => [
      ...inPart(part, 'isn’t strict base64url'),
      [`${header}.${payload}.${part}`, 'has a signature that isn’t strict base64url'],
    ]),
    ...inPart('', 'is not valid JSON'),
    ...inPart(encode('{"a":1'), 'is not valid JSON'),
    ...inPart(encode('[]'), 'is not a JSON object'),
    ...inPart(encode('null'), 'is not a JSON object'),
    ...inPart(encode('{"a":1,"a":1}'), 'names a member twice'),
    ...inPart(badUtf8, 'is not UTF-8'),
  ])('is refused: %s', (token, says) => {
    expect(() => decodeToken(token, 1000)).toThrow(
      expect.objectContaining({ code: 'token-rejected', message: expect.stringContaining(says) }),
    );
  });

  it('is one that is larger than allowed, before anything of it is read', () => {
    expect(() => decodeToken('x'.repeat(11), 10)).toThrow('is larger than 10 bytes');
    expect(() => decodeToken('x'.repeat(10), 10)).toThrow('three parts');
  });
});

it.each(['AA', '', 'AAA', 'AAAA', '-_-_'])('a token with the signature %j is taken apart', (signature) => {
  expect(decodeToken(`${header}.${payload}.${signature}`, 1000)).toEqual({
    header: { alg: 'ES256' },
    claims: { sub: 'a' },
  });
});
