import { totalmem } from 'node:os';
import { expect, test, vi } from 'vitest';
import { limitsSchema } from '../../../relay/config/limits-schema.ts';
import { createAnswers } from '../../../relay/workers/answer-worker.ts';
import { createPrimaryLink } from '../../../relay/workers/primary-link.ts';
import { createRemotePace } from '../../../relay/workers/remote-stores.ts';
import { addressIn, socketPathOf, tokenPrefixOf } from '../../../relay/workers/resume-address.ts';
import { shareOfLimits } from '../../../relay/workers/share-of-limits.ts';
import type { TunnelLedger } from '../../../relay/workers/tunnel-ledger.ts';
import type { ToPrimary, ToWorker } from '../../../relay/workers/worker-messages.ts';

test('a resume token names its worker and nothing else that could lead anywhere', () => {
  const address = { worker: 12, generation: 345 };
  expect(addressIn(`${tokenPrefixOf(address)}token`)).toEqual(address);
  for (const bad of [
    '',
    'x',
    '0.1.x',
    '1.0.x',
    '123.1.x',
    '1.1',
    '../1.x',
    '1.../x',
    ' 1.1.x',
    '1.1234567890.x',
    '-1.1.x',
  ])
    expect(addressIn(bad)).toBeNull();
  expect(socketPathOf('/run/causeway', address)).toBe('/run/causeway/12.345.sock');
});

test('limits of the whole relay are divided among workers; those that are counted exactly aren’t', () => {
  const limits = limitsSchema.parse({ max_handshakes_per_second: 3, max_unauthenticated_connections: 1 });
  expect(shareOfLimits(limits, 1)).toBe(limits);
  const share = shareOfLimits(limits, 2);
  expect(share).toMatchObject({
    max_handshakes_per_second: 1.5,
    max_unauthenticated_connections: 1,
    max_requests: limits.max_requests / 2,
    max_buffered_bytes: limits.max_buffered_bytes / 2,
    max_tunnels: limits.max_tunnels,
    max_tunnels_per_user: limits.max_tunnels_per_user,
  });
  expect(share.max_memory_bytes).toBeLessThanOrEqual(totalmem() * 0.4);
});

test('messages of one turn go together, and answers find their questions', async () => {
  const sent: (readonly ToPrimary[])[] = [];
  let hear: (messages: readonly ToWorker[]) => void = () => undefined;
  const link = createPrimaryLink({ send: (messages) => sent.push(messages), onMessages: (handle) => (hear = handle) });
  link.post({ type: 'waiting' });
  const one = link.ask({ type: 'connect', person: 'ann' });
  const two = link.ask({ type: 'connect', person: 'bob' });
  await expect.poll(() => sent).toHaveLength(1);
  const ids = sent.flat().flatMap((message) => (message.type === 'ask' ? [message.id] : []));
  expect(ids).toHaveLength(2);
  hear([
    { type: 'answer', id: ids[1] ?? 0, answer: 'full' },
    { type: 'answer', id: 99, answer: 'ok' },
    { type: 'answer', id: ids[0] ?? 0, answer: 'ok' },
  ]);
  expect(await Promise.all([one, two])).toEqual(['ok', 'full']);
});

test('a question that isn’t answered in time fails instead of waiting for ever', async () => {
  vi.useFakeTimers();
  try {
    const link = createPrimaryLink({ send: () => undefined, onMessages: () => undefined });
    const asked = expect(link.ask({ type: 'connect', person: 'ann' })).rejects.toMatchObject({ code: 'overloaded' });
    await vi.advanceTimersByTimeAsync(12_000);
    await asked;
  } finally {
    vi.useRealTimers();
  }
});

test('a person gives 20 names to devices within an hour at all workers together', async () => {
  const answers = createAnswers({} as TunnelLedger, () => undefined);
  const paces = [1, 2, 3].map((worker) =>
    createRemotePace({ ask: async (question) => answers.answer(worker, question) }),
  );
  const ann = { issuer: 'https://sso.example', subject: 'ann' };
  const startMs = Date.now();
  const take = async (person: typeof ann, count: number, nowMs: number): Promise<number | null | undefined> =>
    paces[count % paces.length]?.take(person, nowMs);
  for (let count = 0; count < 20; count += 1) expect(await take(ann, count, startMs + count)).toBeNull();
  for (const count of [0, 1, 2]) expect(await take(ann, count, startMs + 30)).toBe(startMs + 3_600_000);
  expect(await take({ ...ann, subject: 'bob' }, 0, startMs + 30)).toBeNull();
  expect(await take(ann, 1, startMs + 3_600_000)).toBeNull();
  expect(await take(ann, 2, startMs + 3_600_000)).toBe(startMs + 3_600_001);
});
