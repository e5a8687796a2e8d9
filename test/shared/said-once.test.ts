import { expect, test } from 'vitest';
import { AccessError, toUserProblem } from '../../shared/errors.ts';
import { problemDocument } from '../../shared/problem-document.ts';
import { saidOnce } from '../../shared/said-once.ts';
import { unavailable } from '../../relay/shared-state/redis-connection.ts';

const store = 'The store that the relays share can’t be reached';

test.each([
  [`${store}: there is no connection.: there is no connection.`, `${store}: there is no connection.`],
  [`${store}: ${store}: there is no connection.`, `${store}: there is no connection.`],
  ['It doesn’t answer. It doesn’t answer.', 'It doesn’t answer.'],
  [
    'relay.acme.example can’t be reached: nothing listens there.',
    'relay.acme.example can’t be reached: nothing listens there.',
  ],
  ['At 12: 12: 30.', 'At 12: 12: 30.'],
  ['https://a.example: https://a.example', 'https://a.example'],
  ['One. Two. One.', 'One. Two. One.'],
  ['', ''],
])('%s', (text, once) => {
  expect(saidOnce(text)).toBe(once);
  expect(toUserProblem(new AccessError('shared-state-unavailable', text), 0).detail).toBe(once);
  expect(problemDocument('shared-state-unavailable', 503, text).detail).toBe(once);
});

test('a store that is away is told once, however often it is handed on', () => {
  const first = unavailable(new Error('there is no connection.'));
  expect(unavailable(unavailable(first)).message).toBe(`${store}: there is no connection.`);
});
