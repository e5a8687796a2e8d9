import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../relay/identity/strict-json.ts';

const refusals: readonly [string, string, RegExp][] = [
  ['a doubled member', '{"a":1,"a":1}', /twice/],
  ['a doubled member after long white space', `{"a":1,"a"${' '.repeat(500)}:1}`, /twice/],
  ['a doubled member in an inner object', '{"x":[{"a":1,"b":{},"a":2}]}', /twice/],
  ['a member doubled by an escape', String.raw`{"a":1,"\u0061":2}`, /twice/],
  ['a doubled __proto__', '{"__proto__":1,"__proto__":2}', /twice/],
  ['a doubled member behind a list', '{"x":[1],"a":1,"a":2}', /twice/],
  ['a doubled member behind an object', '{"x":{},"a":1,"a":2}', /twice/],
  ...['\t', '\r', '\n', ' \t\r\n'].map((space): [string, string, RegExp] => [
    `a doubled member before ${JSON.stringify(space)}`,
    `{"a":1,"a"${space}:2}`,
    /twice/,
  ]),
  ['a doubled member with an escaped quote', String.raw`{"a\"":1,"a\u0022":2}`, /twice/],
  ['17 objects in each other', `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`, /deep/],
  ['17 levels', `{"a":${'['.repeat(16)}${']'.repeat(16)}}`, /deep/],
  ['a list', '[1]', /object/],
  ['null', 'null', /object/],
  ['a text', '"a"', /object/],
  ['a number', '7', /object/],
  ['a truth', 'true', /object/],
  ['an open string', '{"a', /valid/],
  ['an open string with an escape', '{"a\\', /valid/],
  ['a member in a list', '{"a":["b":1]}', /valid/],
  ['a name with a wrong escape', String.raw`{"\x":1}`, /valid/],
  ['a trailing comma', '{"a":1,}', /valid/],
  ['nothing', '', /valid/],
];

describe('strict JSON', () => {
  for (const [name, text, says] of refusals)
    it(`is not ${name}`, () => {
      expect(() => parseStrictJson(text)).toThrow(says);
    });

  it('refuses a million brackets at once', () => {
    expect(() => parseStrictJson(`{"a":${'['.repeat(1_000_000)}`)).toThrow(/deep/);
  });

  it.each([
    ['16 levels', `{"a":${'['.repeat(15)}${']'.repeat(15)}}`],
    ['many lists and objects beside each other', `{"a":[${'[],{},'.repeat(40)}1]}`],
    ['a member again in another object', '{"a":{"a":1},"b":{"a":1},"c":[{"a":1},{"a":1}]}'],
    ['a text that is named as a member', '{"a":"a","b":"a"}'],
    ['brackets and quotes in texts', String.raw`{"a":"[[{\"b\":","c":"}]\\"}`],
  ])('is %s', (_what, text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('is a list deep down where more levels are allowed', () => {
    expect(() => parseStrictJson('{"a":[[1]]}', 2)).toThrow('nested more than 2 levels deep');
    expect(parseStrictJson('{"a":[[1]]}', 3)).toEqual({ a: [[1]] });
  });

  it('reads every object that JSON.stringify writes, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps __proto__ an ordinary member', () => {
    const value = parseStrictJson('{"__proto__":{"admin":true}}');
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect((value as { admin?: unknown }).admin).toBeUndefined();
  });
});
