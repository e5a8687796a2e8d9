import { expect, test } from 'vitest';
import { readRuleWords } from '../../../relay/policy/read-rule-words.ts';
import { objectWords, ruleSubject, verbWords } from '../../../relay/policy/rule-words.ts';

const everyMethods: readonly (readonly string[] | null)[] = [
  null,
  ['GET'],
  ['HEAD'],
  ['POST'],
  ['PUT'],
  ['DELETE'],
  ['GET', 'POST'],
  ['POST', 'PATCH'],
  ['GET', 'POST', 'PUT', 'DELETE'],
  ['PURGE'],
  ['GET', 'PURGE', 'REPORT'],
];
const everyPatterns: readonly (readonly string[])[] = [
  ['/**'],
  ['/v1/**'],
  ['/v1'],
  ['/v1/a*'],
  ['/v1/events'],
  ['/a', '/b/**'],
  ['/a,b', '/c;d/**', '/e*f'],
  ['/everything/and/**', '/and'],
];

const rules = everyMethods.flatMap((methods) => everyPatterns.map((patterns) => ({ methods, patterns })));

test.each(rules)('methods $methods at $patterns are told from the words', ({ methods, patterns }) => {
  const allowed = methods === null ? null : new Set(methods);
  const verbs = verbWords(allowed, patterns);
  const text = `${verbs} ${objectWords(patterns)}`;
  const parts = ruleSubject(allowed, patterns);
  expect(readRuleWords(text)).toEqual({ ...parts, signInAgain: false });
  const again = `${text} (sign in again to ${verbs.toLowerCase()})`;
  expect(readRuleWords(again)).toEqual({ ...parts, signInAgain: true });
});

test.each([
  [''],
  ['Read'],
  ['everything'],
  ['See who is on duty'],
  ['Read the ledger'],
  ['Rename everything'],
  ['Read everything, only on weekdays'],
  ['Read everything under /v1/orders, only from the network 10.0.0.0/8'],
  ['Read everything (sign in again to write)'],
  ['Read everything (sign in again to read) and more'],
  ['read everything'],
  ['Read, write everything'],
  ['Read everything under orders'],
  ['Read /a b'],
  ['toString everything'],
  ['Read and __proto__ everything'],
])('“%s” isn’t taken for words of a rule', (text) => {
  expect(readRuleWords(text)).toBeNull();
});

test('a long text that is nearly one is read at once', () => {
  expect(readRuleWords(`Read ${'everything under /a, '.repeat(20_000)}`)).toBeNull();
});
