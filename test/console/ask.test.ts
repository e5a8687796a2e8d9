import { afterEach, expect, it, vi } from 'vitest';
import { act } from '../../console/api/ask.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Answers each request with the next of these; null is a connection that breaks. */
function answering(...answers: readonly (Response | null)[]) {
  const keys: string[] = [];
  const left = [...answers];
  vi.stubGlobal('fetch', (_address: string, { headers }: { readonly headers: Readonly<Record<string, string>> }) => {
    keys.push(headers['Idempotency-Key'] ?? '');
    const answer = left.shift() ?? null;
    return answer === null ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve(answer);
  });
  return keys;
}

const done = () => Response.json({ recorded: true });
const lock = { api: 'orders', reason: 'Stocktaking' };

it('what is said again because no answer came has the same key, so that it is done once', async () => {
  const keys = answering(null, null, done(), done());
  for (let said = 0; said < 4; said += 1) await act('/admin/v1/locks', lock);
  expect(keys[0]).toMatch(/^"[\w-]{36}"$/);
  expect(keys.slice(1, 3)).toEqual([keys[0], keys[0]]);
  // What was answered is over: the same again is another act.
  expect(keys[3]).not.toBe(keys[0]);
});

it('what no answer came to is another act once something else was done', async () => {
  const keys = answering(null, done(), done());
  await act('/admin/v1/locks', lock);
  await act('/admin/v1/locks/{id}/remove', { reason: 'It is back' }, { id: 'l-1' });
  await act('/admin/v1/locks', lock);
  expect(keys.at(-1)).not.toBe(keys[0]);
});

it('what no answer came to stays the same act when something else was refused since, or was done while it was asked for', async () => {
  const refused = () => Response.json({ code: 'locked' }, { status: 403 });
  const keys = answering(null, refused(), done());
  await act('/admin/v1/locks', lock);
  await act('/admin/v1/locks', { ...lock, api: 'payroll' });
  await act('/admin/v1/locks', lock);
  expect(keys[2]).toBe(keys[0]);

  const broken = Promise.withResolvers<Response>();
  const asked: string[] = [];
  vi.stubGlobal('fetch', (_address: string, { headers }: { readonly headers: Readonly<Record<string, string>> }) => {
    asked.push(headers['Idempotency-Key'] ?? '');
    return asked.length === 1 ? broken.promise : Promise.resolve(done());
  });
  const first = act('/admin/v1/locks', { ...lock, reason: 'Twice' });
  await act('/admin/v1/locks', { ...lock, api: 'payroll' });
  broken.reject(new TypeError('fetch failed'));
  await first;
  await act('/admin/v1/locks', { ...lock, reason: 'Twice' });
  expect(asked[2]).toBe(asked[0]);
});

it.each([
  ['for something else', { ...lock, api: 'payroll' }, null],
  ['after a refusal', lock, Response.json({ code: 'locked' }, { status: 403 })],
])('a request %s has another key', async (_what, next, first) => {
  const keys = answering(first, done());
  await act('/admin/v1/locks', lock);
  await act('/admin/v1/locks', next);
  expect(keys[1]).not.toBe(keys[0]);
});

it('the same again long after no answer came is another act', async () => {
  vi.useFakeTimers();
  const keys = answering(null, null, done());
  await act('/admin/v1/locks', lock);
  vi.advanceTimersByTime(100_000);
  await act('/admin/v1/locks', lock);
  expect(keys[1]).toBe(keys[0]);
  vi.advanceTimersByTime(121_000);
  await act('/admin/v1/locks', lock);
  expect(keys[2]).not.toBe(keys[0]);
});
