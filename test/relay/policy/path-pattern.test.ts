import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compilePathPattern,
  coversPattern,
  matchesPath,
  pathPatternProblem,
} from '../../../relay/config/values/path-pattern.ts';
import { exactSegments } from '../../../relay/policy/path-readings.ts';

const compile = (source: string) => compilePathPattern(source, (text) => text);
const matches = (source: string, path: string): boolean => matchesPath(compile(source), exactSegments(path));

const hostile: readonly (readonly [pattern: string, why: string])[] = [
  ['v1/orders', 'begin with'],
  ['/a/../b', 'dot segment'],
  ['/a//b', 'empty segment'],
  ['/a%2fb', 'encoded slash'],
  ['/a%zz', 'hexadecimal'],
  ['/a;b', 'semicolon'],
  ['/a\\b', 'backslash'],
  ['/a?b=1', '“?”'],
  ['/a#b', '“#”'],
  ['/a\u0000', 'control'],
  ['/a\nb', 'control'],
  ['/x**', 'stand alone'],
  ['/***', 'stand alone'],
  ['/**/**/a', 'twice in a row'],
  [`/${'*a'.repeat(17)}`, 'wildcards'],
  [`/${'**/a/'.repeat(17)}`, 'wildcards'],
  [`/${'a/'.repeat(65)}`, 'segments'],
];

describe('pathPatternProblem', () => {
  it.each(hostile)('refuses %j: %s', (pattern, why) => {
    expect(pathPatternProblem(pattern, { allow: [] })).toContain(why);
  });

  it.each(['/', '/**', '/v1/*/items', '/v1/a*b*c', '/**/export', '/café', '/a b', '/a%20b', '/@me', '/x%2A/', '/{id}'])(
    'accepts %j',
    (pattern) => {
      expect(pathPatternProblem(pattern, { allow: [] })).toBeUndefined();
    },
  );
});

const table: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
  ['/', ['/'], ['/a']],
  ['/**', ['/', '/a', '/a/b/c'], []],
  ['/v1/orders', ['/v1/orders', '/v1/orders/'], ['/v1', '/v1/orders/1', '/v1/ordersx', '/V1/orders']],
  ['/v1/orders/', ['/v1/orders', '/v1/orders/'], ['/v1/orders/1']],
  ['/v1/orders/**', ['/v1/orders', '/v1/orders/1', '/v1/orders/1/items'], ['/v1/order', '/v1/orders2']],
  ['/v1/orders/*', ['/v1/orders/1', '/v1/orders/1/'], ['/v1/orders', '/v1/orders/', '/v1/orders/1/items']],
  ['/v1/*/items', ['/v1/a/items'], ['/v1/items', '/v1/a/b/items']],
  ['/files/*.csv', ['/files/a.csv', '/files/.csv'], ['/files/a.csv.exe', '/files/x/a.csv']],
  ['/a*b*c', ['/abc', '/axbxc', '/abbcc'], ['/acb', '/ab', '/abca']],
  ['/aa*aa', ['/aaaa', '/aaxaa'], ['/aaa', '/aa']],
  ['/**/export', ['/export', '/a/export', '/a/b/export'], ['/a/export/b']],
  ['/a/**/b/**/c', ['/a/b/c', '/a/x/b/y/z/c', '/a/b/b/c'], ['/a/c', '/a/b', '/b/a/c']],
];

describe('matchesPath', () => {
  it.each(table)('%s matches what it should, and nothing else', (pattern, yes, no) => {
    expect(yes.filter((path) => !matches(pattern, path))).toEqual([]);
    expect(no.filter((path) => matches(pattern, path))).toEqual([]);
  });

  const segment = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab');
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '**', 'a*', '*b', '*a*b', 'a*b'), { maxLength: 6 })
    .map((parts) => `/${parts.filter((part, index) => part !== '**' || parts[index - 1] !== '**').join('/')}`);

  it('agrees with a plain recursive definition', () => {
    const glob = (pieces: string, text: string): boolean => {
      if (pieces === '') return text === '';
      if (pieces.startsWith('*')) return glob(pieces.slice(1), text) || (text !== '' && glob(pieces, text.slice(1)));
      return text.startsWith(pieces.charAt(0)) && glob(pieces.slice(1), text.slice(1));
    };
    const defined = (parts: readonly string[], segments: readonly string[]): boolean => {
      const [part, ...rest] = parts;
      const [first, ...others] = segments;
      if (part === undefined) return first === undefined;
      if (part === '**') return defined(rest, segments) || (first !== undefined && defined(parts, others));
      return first !== undefined && glob(part, first) && defined(rest, others);
    };
    fc.assert(
      fc.property(pattern, fc.array(segment, { maxLength: 6 }), (source, segments) => {
        const parts = source.split('/').filter((part) => part !== '');
        expect(matchesPath(compile(source), segments)).toBe(defined(parts, segments));
      }),
      { numRuns: 5000 },
    );
  });

  it('claims coverage only where every path of the narrow pattern matches the wide one', () => {
    fc.assert(
      fc.property(pattern, pattern, fc.array(segment, { maxLength: 6 }), (wide, narrow, segments) => {
        if (!coversPattern(compile(wide), compile(narrow)) || !matchesPath(compile(narrow), segments)) return;
        expect(matchesPath(compile(wide), segments)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes the worst pattern over a 30,000 character path within 500 ms', () => {
    const worst = [`/${'*a'.repeat(15)}*b`, `/${'**/a/'.repeat(15)}b`];
    const paths = [`/${'a'.repeat(30_000)}`, `/${'a/'.repeat(15_000)}a`];
    for (const source of worst) {
      for (const path of paths) {
        const segments = exactSegments(path);
        const compiled = compile(source);
        // The best of a few, because something else may hold this process up.
        const times = Array.from({ length: 5 }, () => {
          const start = performance.now();
          expect(matchesPath(compiled, segments)).toBe(false);
          return performance.now() - start;
        });
        expect(Math.min(...times)).toBeLessThan(500);
      }
    }
  });
});

describe('coversPattern', () => {
  it.each<[wide: string, covered: readonly string[], not: readonly string[]]>([
    ['/**', ['/', '/a', '/a/b', '/**', '/a/**', '/**/b', '/a/*'], []],
    ['/a/**', ['/a', '/a/b', '/a/**', '/a/*/c', '/a/b/**'], ['/', '/b', '/*', '/**', '/**/a', '/ab/**']],
    ['/a', ['/a', '/a/'], ['/', '/b', '/a/b', '/a/**', '/*']],
    ['/a/*', ['/a/b', '/a/*', '/a/b*'], ['/a', '/a/b/c', '/a/**', '/*/b', '/a/b/**']],
    ['/a/b*', ['/a/b*'], ['/a/*', '/a', '/a/c*']],
    ['/*/b', ['/a/b', '/*/b'], ['/a/c', '/a/*', '/a/b/c']],
    ['/**/b', ['/**/b'], ['/b', '/a/b', '/**']],
    ['/a/**/b', ['/a/**/b'], ['/a/b', '/a/x/b']],
    ['/**/b/**', ['/**/b/**'], ['/', '/a']],
  ])('of %s', (wide, covered, not) => {
    expect(covered.filter((narrow) => !coversPattern(compile(wide), compile(narrow)))).toEqual([]);
    expect(not.filter((narrow) => coversPattern(compile(wide), compile(narrow)))).toEqual([]);
  });
});
