import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LockedPerson, namesOfLocked } from '../../../relay/administration/names-of-locked.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { sessionOf } from '../sessions/session-store-contract.ts';

const startMs = 1_700_000_000_000;
const session = (id: string, subject: string, username: string, rest: Partial<SessionRecord> = {}): SessionRecord =>
  sessionOf(id, { issuer: 'https://a.example', subject, username, lastUsedAtMs: startMs, ...rest });

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-names-'));
  const store = openSessionStore(dataDir);
  store.put([
    session('s1', 'U-7', 'carol.maiden', { lastUsedAtMs: startMs - 5000 }),
    session('s2', 'U-7', 'carol'),
    session('s3', 'U-7', 'mallory', { issuer: 'https://b.example', lastUsedAtMs: startMs + 5000 }),
    session('s4', 'dana', 'Dana'),
  ]);
  store.close();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const person = (who: string, issuer: string | null = 'https://a.example'): LockedPerson => ({
  type: 'person',
  who,
  issuer,
});

test('who is locked by subject has the name of the last used session, of that issuer alone', async () => {
  const people = [person('u-7'), person('U-7', 'https://b.example'), person('U-7', null), person('U-7')];
  expect(await namesOfLocked({ dataDir }, people)).toEqual(['carol', 'mallory', 'mallory', 'carol']);
});

test('whoever is locked by name, or isn’t known, has no other name', async () => {
  const people = [person('dana'), person('carol'), person('nobody'), person('U-7', 'https://c.example')];
  expect(await namesOfLocked({ dataDir }, people)).toEqual([null, null, null, null]);
});
