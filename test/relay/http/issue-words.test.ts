import { expect, test } from 'vitest';
import { z } from 'zod';
import { issueWords } from '../../../relay/http/issue-words.ts';

test.each<[z.ZodType, unknown, string]>([
  [z.string(), undefined, 'it is missing, or isn’t a text'],
  [z.int(), 'x', 'it is missing, or isn’t a number'],
  [z.int(), 1.5, 'it is missing, or isn’t a whole number'],
  [z.string().min(1), '', 'it is empty'],
  [z.array(z.string()).min(1), [], 'it is empty'],
  [z.string().min(3), 'a', 'it has fewer than 3 characters'],
  [z.string().max(2), 'abc', 'it has more than 2 characters'],
  [z.array(z.string()).max(1), ['a', 'b'], 'it has more than 1 entries'],
  [z.number().min(1), 0, 'it must be at least 1'],
  [z.number().max(1), 2, 'it must be at most 1'],
  [z.enum(['allow', 'deny']), 'maybe', 'it must be one of allow, deny'],
  [z.literal(true), false, 'it must be true'],
  [z.strictObject({}), { more: 1 }, 'it has “more”, which isn’t known here'],
  [z.string().refine((text) => text === 'a', 'it isn’t “a”'), 'b', 'it isn’t “a”'],
])('%#: what doesn’t fit is said in plain words', (schema, value, words) => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  expect(issue === undefined ? undefined : issueWords(issue)).toBe(words);
});
