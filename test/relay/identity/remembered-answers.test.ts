import { expect, test } from 'vitest';
import { rememberAnswers } from '../../../relay/identity/remembered-answers.ts';

const overloaded = (): Error => new Error('too many questions');
const lasting = (value: string) => async () => ({ value, untilMs: Number.MAX_SAFE_INTEGER });

test('of too many answers the oldest is forgotten, and asked for anew', async () => {
  const answers = rememberAnswers<string>({ now: () => 0, overloaded, maxEntries: 2 });
  for (const name of ['a', 'b', 'c']) await answers.get(name, lasting(`first ${name}`));
  expect(await answers.get('c', lasting('again'))).toBe('first c');
  expect(await answers.get('b', lasting('again'))).toBe('first b');
  expect(await answers.get('a', lasting('again'))).toBe('again');
});

test('of too many questions at a time the next is refused at once, until one is answered', async () => {
  const answers = rememberAnswers<string>({ now: () => 0, overloaded, maxUnderWay: 1 });
  const { promise, resolve } = Promise.withResolvers<{ value: string; untilMs: number }>();
  const first = answers.get('a', () => promise);
  const same = answers.get('a', () => Promise.reject(new Error('asked twice')));
  await expect(answers.get('b', lasting('b'))).rejects.toThrow('too many questions');
  resolve({ value: 'a', untilMs: 1 });
  expect(await Promise.all([first, same])).toEqual(['a', 'a']);
  expect(await answers.get('b', lasting('b'))).toBe('b');
});

test('a failure is asked about again', async () => {
  const answers = rememberAnswers<string>({ now: () => 0, overloaded });
  await expect(answers.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await answers.get('a', lasting('up'))).toBe('up');
});
