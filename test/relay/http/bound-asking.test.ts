import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { oneAtATime, refuseTooMany } from '../../../relay/http/public/bound-asking.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';

type Made = Pick<AccessRequest, 'status' | 'requestedAtMs'>;
const nowMs = Date.UTC(2027, 0, 15, 8);
const dayMs = 86_400_000;
const many = (count: number, status: AccessRequest['status'], requestedAtMs = nowMs - 1000): readonly Made[] =>
  Array.from({ length: count }, () => ({ status, requestedAtMs }));

it.each<[what: string, requests: readonly Made[], says: RegExp | null]>([
  ['nothing', [], null],
  ['nineteen that wait', many(19, 'pending'), null],
  ['twenty that wait', many(20, 'pending'), /^At most 20 .* wait/],
  ['twenty that wait since long ago', many(20, 'pending', 1), /^At most 20 .* wait/],
  ['forty-nine that were taken back', many(49, 'cancelled'), null],
  [
    'fifty that were taken back',
    many(50, 'cancelled'),
    /^At most 50 .* taken back count.* 2027-01-16T07:59:59\.000Z\.$/,
  ],
  ['fifty that were refused', many(50, 'refused', nowMs - dayMs + 1), /^At most 50 .* 2027-01-15T08:00:00\.001Z\.$/],
  ['fifty of the day before', many(50, 'cancelled', nowMs - dayMs), null],
  ['fifty of two days', [...many(49, 'cancelled'), ...many(1, 'cancelled', nowMs - dayMs)], null],
])('bounds who made %s', (_what, requests, says) => {
  const ask = (): void => refuseTooMany(requests, nowMs);
  if (says === null) expect(ask).not.toThrow();
  else expect(ask).toThrow(expect.objectContaining({ code: 'rate-limited', message: expect.stringMatching(says) }));
});

it('counts what one person does at once, goes on after a refusal, and holds up nobody else', async () => {
  const inTurn = oneAtATime();
  const made = new Map<string, number>();
  const ask = (subject: string): Promise<void> =>
    inTurn({ issuer: 'https://idp.example', subject }, async () => {
      const count = made.get(subject) ?? 0;
      await turn();
      if (count >= 3) throw new Error('too many');
      made.set(subject, count + 1);
    });
  const answers = await Promise.allSettled([...Array.from({ length: 10 }, () => ask('alice')), ask('bob')]);
  expect(answers.map(({ status }) => status === 'fulfilled')).toEqual([
    ...Array.from({ length: 10 }, (_, at) => at < 3),
    true,
  ]);
});
