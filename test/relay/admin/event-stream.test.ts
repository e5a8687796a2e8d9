import { expect, it } from 'vitest';
import type { AdminCaller } from '../../../relay/admin/admin-env.ts';
import { type ServerEvent, streamEvents } from '../../../relay/admin/event-stream.ts';
import type { Batch, News } from '../../../relay/admin/news/news.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { AccessError } from '../../../shared/errors.ts';

const record = (detail: string): AuditRecord => ({ type: 'relay', timeMs: 0, event: 'started', detail });
const owner: AdminCaller = {
  name: 'dana',
  person: null,
  roles: ['owner'],
  signIn: { how: 'socket' },
  again: () => Promise.resolve(owner),
};

/** News that the test makes. */
const madeNews = () => {
  const listeners = new Set<(batch: Batch) => void>();
  const news: News = {
    lastId: 'a-0',
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => undefined,
  };
  const tell = (details: readonly string[], skipped = 0): void => {
    for (const listener of listeners)
      listener({ id: 'a-1', topics: new Set(['relay']), records: details.map(record), skipped });
  };
  return { news, tell, listeners };
};

it('a reader that is slow gets the newest records in one go, and how many more there were', async () => {
  const { news, tell, listeners } = madeNews();
  const end = new AbortController();
  const told: ServerEvent[] = [];
  const reads = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const done = streamEvents({
    news,
    caller: owner,
    lastEventId: undefined,
    relayState: () => ({ ready: true }),
    isWhole: true,
    signal: end.signal,
    async write(event) {
      began.resolve();
      await reads.promise;
      told.push(event);
      if (event.event === 'audit') end.abort();
    },
  });
  await began.promise;
  for (let batch = 0; batch < 100; batch += 1)
    tell(
      Array.from({ length: 50 }, (_, index) => `${batch}/${index}`),
      7,
    );
  reads.resolve();
  await done;
  const audits = told.filter(({ event }) => event === 'audit');
  expect(audits).toHaveLength(1);
  const { records, skipped } = JSON.parse(audits[0]?.data ?? '') as { records: { detail: string }[]; skipped: number };
  expect(records).toHaveLength(200);
  expect(records.at(-1)?.detail).toBe('99/49');
  expect(skipped).toBe(100 * 50 - 200 + 100 * 7);
  expect(listeners.size).toBe(0);
});

it('ends with the reason when the standing of who listens ends, and forgets the reader', async () => {
  const { news, listeners } = madeNews();
  const told: ServerEvent[] = [];
  await streamEvents({
    news,
    caller: { ...owner, again: () => Promise.reject(new AccessError('session-revoked', 'It is over.')) },
    lastEventId: 'another',
    relayState: () => ({}),
    isWhole: false,
    signal: new AbortController().signal,
    write: (event) => Promise.resolve(told.push(event)),
  });
  expect(told.map(({ event }) => event)).toEqual(['hello', 'resync', 'ended']);
  expect(JSON.parse(told[0]?.data ?? '')).toMatchObject({ isWhole: false });
  expect(JSON.parse(told.at(-1)?.data ?? '')).toEqual({ code: 'session-revoked', detail: 'It is over.' });
  expect(listeners.size).toBe(0);
});
