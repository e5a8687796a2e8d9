import { expect, it } from 'vitest';
import { quoted, refused } from '../../../relay/identity/refuse.ts';

it.each<[value: unknown, shown: string]>([
  ['a b~', '“a b~”'],
  ['', '“”'],
  ['x'.repeat(64), `“${'x'.repeat(64)}”`],
  ['x'.repeat(65), `“${'x'.repeat(64)}…”`],
  ['a\n\u0000\u001b[31mb\u007f', '“a???[31mb?”'],
  ['é“”', '“???”'],
  [7, 'number'],
  [undefined, 'undefined'],
  [null, 'object'],
  [['a'], 'object'],
])('%j is shown as %s', (value, shown) => {
  expect(quoted(value)).toBe(shown);
});

it('a refusal goes on from what is refused, and keeps its cause', () => {
  const cause = new Error('planted');
  expect(refused('is old', cause)).toMatchObject({
    code: 'token-rejected',
    message: 'The access token is old.',
    cause,
  });
});
