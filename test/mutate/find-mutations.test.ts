import { describe, expect, it } from 'vitest';
import { applyMutation, findMutations } from './find-mutations.ts';

const changesOf = (source: string): string[] =>
  findMutations('a.ts', source).map((each) => applyMutation(source, each));

describe('changes of one line', () => {
  it.each<[what: string, source: string]>([
    ['types', "type A = 'x' | 1 | true; interface B { c: 2 }"],
    ['names of modules', "import a from './a.ts'; export * from './b.ts';"],
    ['keys', "f = { 'a': b, 1: c };"],
    ['joined texts', "a = 'b' + c + `d`;"],
    ['the last return', 'function f() { return a; }'],
    ['calls that every object has', "a = b.toString('c').valueOf();"],
    ['flags that the pattern needs', 'a = /[z--a]/v;'],
  ])('leave %s alone', (_, source) => {
    expect(changesOf(source)).toEqual([]);
  });

  it.each<[what: string, source: string, after: readonly string[]]>([
    ['a condition', 'if (a) b = c;', ['if (!(a)) b = c;']],
    ['a choice', 'a = b ? c : d;', ['a = !(b) ? c : d;']],
    ['a negation', 'a = !b;', ['a = b;']],
    ['both of two', 'a = b && c;', ['a = (b);', 'a = (c);', 'a = b || c;']],
    ['one of two', 'a = b || c;', ['a = (b);', 'a = (c);', 'a = b && c;']],
    ['a bound', 'a = b < c;', ['a = b <= c;']],
    ['a bound that counts', 'a = b >= c;', ['a = b > c;']],
    ['an equality', 'if (a === b) c = d;', ['if (a !== b) c = d;']],
    ['a text compared with', "a = b !== 'c';", ["a = b === 'c';", "a = b !== '';"]],
    ['a case', "switch (a) { case 'b': c = d; }", ["switch (a) { case '': c = d; }"]],
    ['a sum', 'a = b + c;', ['a = b - c;']],
    ['a number', 'a = 0;', ['a = 1;']],
    ['a constant', 'const a = false;', ['const a = true;']],
    ['flags', 'a = /b/iu;', ['a = /b/u;', 'a = /b/i;']],
    ['a call', 'a(); b?.c(); ', ['; b?.c(); ', 'a(); ; ']],
    ['an awaited call', 'await a();', [';']],
    ['a throw', 'throw a;', [';']],
    [
      'an early return',
      'function f() { for (const a of b) { return a; } return c; }',
      ['function f() { for (const a of b) { ; } return c; }'],
    ],
    [
      'each and any',
      'a = b.every(c); d = e.some(f);',
      ['a = b.some(c); d = e.some(f);', 'a = b.every(c); d = e.every(f);'],
    ],
    ['what a type wraps', 'a = (b < c) as boolean;', ['a = (b <= c) as boolean;']],
  ])('concern %s', (_, source, after) => {
    expect(changesOf(source)).toEqual(after);
  });

  it('say where they are and what they make of the line', () => {
    const source = "const é = 'ü';\nif (a\n  < b) c = d;\n";

    expect(
      findMutations('shared/a.ts', source).map(({ file, line, before, after }) => ({ file, line, before, after })),
    ).toEqual([
      { file: 'shared/a.ts', line: 2, before: 'a < b', after: '!(a < b)' },
      { file: 'shared/a.ts', line: 3, before: 'a < b', after: 'a <= b' },
    ]);
  });

  it('are the same each time', () => {
    const source = 'if (a && !b || c <= 3) throw d; e(f + 1);';

    expect(findMutations('a.ts', source)).toEqual(findMutations('a.ts', source));
    expect(findMutations('a.ts', source).length).toBeGreaterThan(8);
  });

  it('refuse a source that cannot be parsed', () => {
    expect(() => findMutations('a.ts', 'if (')).toThrow(/^a\.ts: /);
  });
});
