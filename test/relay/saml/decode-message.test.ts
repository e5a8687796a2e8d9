import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodePosted, decodeRedirected } from '../../../relay/saml/decode-message.ts';

const encode = (content: string | Buffer): string => Buffer.from(content).toString('base64');
const deflated = (content: string | Buffer): string => encode(deflateRawSync(content));
const maxLength = 512 * 1024;
const maxBytes = 384 * 1024;

describe.each([
  ['posted', decodePosted, encode],
  ['redirected', decodeRedirected, deflated],
] as const)('a message that is %s', (_how, decode, make) => {
  it.each(['<a/>', '<a>Zoë 要素 𐀀</a>'])('is read: %s', (xml) => {
    expect(decode(make(xml))).toBe(xml);
  });

  it('is read with white space in its base64', () => {
    expect(decode(make('<abcdefgh/>').replaceAll(/.{5}/g, '$& \r\n\t'))).toBe('<abcdefgh/>');
  });

  it.each(['', ' \n', 'A', 'AA', 'AAA', 'AAAAA', 'A===', 'AA=A', '====', 'AA-_', '<a/>', 'AAAA====', 'ÄÄÄÄ'])(
    'isn’t %j',
    (encoded) => {
      expect(() => decode(encoded)).toThrow(
        expect.objectContaining({ code: 'token-rejected', message: expect.stringContaining('isn’t base64') }),
      );
    },
  );

  it('isn’t what isn’t UTF-8', () => {
    expect(() => decode(make(Buffer.from([0x3c, 0xff])))).toThrow('isn’t UTF-8');
    expect(() => decode(make(Buffer.from([0xc0, 0xaf])))).toThrow('isn’t UTF-8');
  });

  it('isn’t too large', () => {
    expect(() => decode('A'.repeat(maxLength + 4))).toThrow('too large');
    expect(() => decode(`${' '.repeat(maxLength)}AAAA`)).toThrow('too large');
  });
});

it('a posted message may be as large as its base64 may be', () => {
  const xml = 'x'.repeat(maxBytes);
  expect(encode(xml)).toHaveLength(maxLength);
  expect(decodePosted(encode(xml))).toBe(xml);
});

it('a redirected message may be as large as a posted one once it is inflated, and no larger', () => {
  const xml = 'x'.repeat(maxBytes);
  expect(decodeRedirected(deflated(xml))).toBe(xml);
  expect(() => decodeRedirected(deflated(`${xml}x`))).toThrow('can’t be inflated');
});

it.each([encode('<a/>'), 'AAAA', deflated('<a/>').slice(0, 4)])('what isn’t deflated is none: %s', (encoded) => {
  expect(() => decodeRedirected(encoded)).toThrow(
    expect.objectContaining({ code: 'token-rejected', message: expect.stringContaining('can’t be inflated') }),
  );
});
