import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addLock } from '../../../relay/administration/locks.ts';
import { AccessError } from '../../../shared/errors.ts';
import { serveApp } from './support/serve-app.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'causeway-locks-'));
const place = { dataDir, redis: undefined, storage: undefined };
let served: Awaited<ReturnType<typeof serveApp>>;
beforeAll(async () => {
  const by = { author: 'dana', reason: 'r', untilMs: null };
  await addLock(place, { type: 'person', who: 'subject-4711', issuer: null }, by, Date.now());
  served = await serveApp({
    config: () => ({}),
    state: () => place,
    others: null,
    ownState: () => ({ id: 'r-1', sparedAddresses: { always: [], ofFindings: [] } }),
    reading: { ask: () => Promise.reject(new AccessError('overloaded', 'Too many readings wait already.')) },
  });
});
afterAll(() => {
  served?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it('locks are listed, without names, where nobody has the time to look for those', async () => {
  const answer = await fetch(`http://127.0.0.1:${served.port}/admin/v1/locks`, {
    headers: { authorization: 'Bearer t' },
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { locks: [{ target: { who: 'subject-4711' }, username: null, sparedAt: [] }] },
  ]);
});
