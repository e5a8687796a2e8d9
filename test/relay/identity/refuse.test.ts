import { expect, it } from 'vitest';
import { checksFull, mark, quoted, refused, refusedLogout } from '../../../relay/identity/refuse.ts';

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
  const why = { code: 'token-unreadable', values: { mark: 'JWT' } };
  expect(refused('is old', why, cause)).toMatchObject({
    code: 'token-rejected',
    message: 'The access token is old.',
    cause,
    reasons: [why],
  });
});

it('what no person reads has no reason for one', () => {
  expect(refusedLogout('is old')).toMatchObject({ code: 'token-rejected', message: 'The access token is old.' });
  expect(refusedLogout('is old').reasons).toBeUndefined();
  expect(checksFull('Too many.')).toMatchObject({ code: 'overloaded', reasons: [{ code: 'checks-full' }] });
});

it.each<[value: unknown, shown: string]>([
  ['JWT', 'typ: JWT'],
  ['x'.repeat(65), `typ: ${'x'.repeat(64)}…`],
  ['a\n\u001b[31mé', 'typ: a??[31m?'],
  [undefined, 'typ'],
  [null, 'typ'],
  [{ a: 1 }, 'typ'],
])('of %j, IT is shown %s', (value, shown) => {
  expect(mark('typ', value)).toBe(shown);
});
