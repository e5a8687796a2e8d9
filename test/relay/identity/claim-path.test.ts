import { describe, expect, it } from 'vitest';
import { claimAt, parseClaimPath } from '../../../relay/config/values/claim-path.ts';

describe('a claim path', () => {
  it.each<[path: string, steps: readonly string[] | undefined]>([
    ['a', ['a']],
    ['a.b', ['a', 'b']],
    ['a."b.c".d', ['a', 'b.c', 'd']],
    ['"a.b"', ['a.b']],
    ['', undefined],
    ['.', undefined],
    ['a.', undefined],
    ['.a', undefined],
    ['a..b', undefined],
    ['""', undefined],
    ['a.""', undefined],
    ['"a', undefined],
    ['a"b"', undefined],
    ['"a"b', undefined],
    ['a.b"', undefined],
  ])('%j has the steps %j', (path, steps) => {
    expect(parseClaimPath(path)).toEqual(steps);
  });

  const claims = {
    a: { b: { c: 1 }, 'x.y': 2, '': 3 },
    'd.e': 4,
    'https://acme.example/groups': ['g'],
    list: [{ b: 5 }],
    text: 'abc',
    nothing: null,
  };

  it.each<[path: string, value: unknown]>([
    ['a.b.c', 1],
    ['a."x.y"', 2],
    ['d.e', 4],
    ['https://acme.example/groups', ['g']],
    ['text', 'abc'],
    ['nothing', null],
    ['a.b.d', undefined],
    ['a.x.y', undefined],
    ['b', undefined],
    ['list.0', undefined],
    ['list.0.b', undefined],
    ['list.length', undefined],
    ['text.length', undefined],
    ['nothing.x', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['a.constructor.name', undefined],
    ['a.__proto__', undefined],
    ['a..b', undefined],
    ['"a', undefined],
  ])('%j leads to %j', (path, value) => {
    expect(claimAt(claims, path)).toEqual(value);
  });
});
