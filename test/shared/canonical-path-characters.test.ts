import { describe, expect, it } from 'vitest';
import { canonicalPath } from '../../shared/canonical-path.ts';

const ascii = Array.from({ length: 128 }, (_, code) => code);
const isControl = (code: number): boolean => code < 0x20 || code === 0x7f;
const unreserved = /[A-Za-z0-9._~-]/;
const hex = (code: number): string => code.toString(16).padStart(2, '0');

function refusal(target: string): string {
  const result = canonicalPath(target);
  return result.status === 'refused' ? result.detail : `let through as ${result.path}${result.query}`;
}

describe('each ASCII character, none left out,', () => {
  it.each(ascii.filter((code) => isControl(code) || code === 0x20).map((code) => [hex(code), code]))(
    'as it is, in a path and anywhere in a query, is refused if it is a control or a space: %s',
    (_hex, code) => {
      const character = String.fromCharCode(code);

      expect(refusal(`/a${character}b`)).toContain('control');
      for (const query of [character, `a${character}b`, `a=1&b${character}`, `${character}${character}`]) {
        expect(refusal(`/a?${query}`)).toContain('query');
      }
    },
  );

  it.each(
    ascii.filter((code) => code > 0x20 && code < 0x7f && code !== 0x23).map((code) => [String.fromCharCode(code)]),
  )('stays as it is in a query when it is printable and no fragment: %s', (character) => {
    for (const query of [`?${character}`, `?a=${character}b`]) {
      expect(canonicalPath(`/a${query}`)).toEqual({ status: 'ok', path: '/a', query });
    }
  });

  it.each(ascii.map((code) => [hex(code), code]))(
    'has one form when it comes encoded in a path: %%%s',
    (digits, code) => {
      const character = String.fromCharCode(code);
      for (const spelled of [digits, digits.toUpperCase()]) {
        const target = `/a%${spelled}b`;
        if (isControl(code)) expect(refusal(target)).toContain('control');
        else if (character === '/') expect(refusal(target)).toContain('slash');
        else if (character === '\\') expect(refusal(target)).toContain('backslash');
        else if (character === ';') expect(refusal(target)).toContain('semicolon');
        else {
          const path = unreserved.test(character) ? `/a${character}b` : `/a%${digits.toUpperCase()}b`;
          expect(canonicalPath(target)).toEqual({ status: 'ok', path, query: '' });
        }
      }
    },
  );

  it.each(ascii.map((code) => String.fromCharCode(code)).filter((character) => !/[0-9A-Fa-f]/.test(character)))(
    'is no hexadecimal digit, unless it is one: %j',
    (character) => {
      // A question mark ends the path, and with it the encoding.
      expect(refusal(`/%${character}1`)).toMatch(/hexadecimal|query|#/);
      expect(refusal(`/%6${character}`)).toMatch(/hexadecimal|query|#/);
    },
  );
});

describe('each character that servers may take for a delimiter', () => {
  const controls = Array.from({ length: 0x20 }, (_, index) => String.fromCharCode(0x80 + index));
  const alike = ['\u2028', '\u2029', '\u2044', '\u2215', '\u2216', '\u29f5', '\u29f8', '\u29f9'];
  const wide = [
    '\uff0f',
    '\uff3c',
    '\uff1b',
    '\uff05',
    '\uff1f',
    '\uff03',
    '\ufe68',
    '\ufe54',
    '\ufe6a',
    '\ufe56',
    '\ufe5f',
  ];

  it.each([...controls, ...alike, ...wide].map((character) => [encodeURIComponent(character)]))(
    'is refused wherever it stands: %s',
    (encoded) => {
      for (const target of [`/${encoded}`, `/a${encoded}b`, `/a/b${encoded}`, `/${encoded.toLowerCase()}/a`]) {
        expect(refusal(target)).toContain('delimiter');
      }
    },
  );

  it('is not its neighbour', () => {
    for (const character of [
      '\u00a1',
      '\u2027',
      '\u2030',
      '\u2043',
      '\u2045',
      '\u2214',
      '\u2217',
      '\u29f4',
      '\uff0e.',
      '\uff10',
    ]) {
      expect(canonicalPath(`/a${encodeURIComponent(character)}`)).toMatchObject({ status: 'ok' });
    }
  });
});
