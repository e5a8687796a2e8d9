import { expect, test } from 'vitest';
import { listWords, methodWords, placeWords } from '../../../relay/policy/rule-words.ts';

test.each<[methods: string[] | null, words: string]>([
  [null, 'every method'],
  [['GET'], 'GET'],
  [['HEAD'], 'HEAD'],
  [['GET', 'HEAD'], 'GET and HEAD'],
  [['HEAD', 'GET'], 'GET and HEAD'],
  [['GET', 'POST', 'HEAD'], 'GET, HEAD and POST'],
  [['POST', 'GET', 'PUT', 'HEAD'], 'POST, GET, HEAD and PUT'],
  [['POST', 'HEAD'], 'HEAD and POST'],
])('methods %j are “%s”', (methods, words) => {
  expect(methodWords(methods === null ? null : new Set(methods))).toBe(words);
});

test.each<[patterns: string[], words: string]>([
  [['/**'], 'on every path'],
  [['/a', '/**'], 'on every path'],
  [['/v1/**'], 'under /v1'],
  [['/v1'], 'at /v1'],
  [['/v1/a*'], 'on paths like /v1/a*'],
  [['/**/b'], 'on paths like /**/b'],
  [['/v1', '/v1/**', '/v1/x'], 'under /v1'],
  [['/v1x', '/v1/**'], 'at /v1x and under /v1'],
  [['/a', '/b/**', '/c*'], 'at /a, under /b and on paths like /c*'],
])('patterns %j are “%s”', (patterns, words) => {
  expect(placeWords(patterns)).toBe(words);
});

test('lists are joined as people do', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((words) => listWords(words, 'or'))).toEqual([
    '',
    'a',
    'a or b',
    'a, b or c',
  ]);
});
