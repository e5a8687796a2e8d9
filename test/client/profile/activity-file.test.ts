import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openActivityFile } from '../../../client/profile/activity-file.ts';
import { type ActivityBatch, createActivityStore } from '../../../client/profile/activity-store.ts';
import { memorySecretStore } from '../../../client/secrets/memory-secrets.ts';
import type { SecretStore } from '../../../client/secrets/secret-store.ts';
import { memorySecrets } from '../support/core-fixture.ts';
import { sampleActivity } from '../../support/renderer-preview/sample-snapshot.ts';

const now = Date.UTC(2026, 10, 29);
let stateDir: string;
let secrets: ReturnType<typeof memorySecrets>;
const path = () => join(stateDir, 'activity', 'acme.log');

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-activity-'));
  secrets = memorySecrets();
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

function batchOf(count: number, name = 'r', timeMs = now): ActivityBatch {
  const entries = sampleActivity(timeMs, count).map((entry, index) => ({
    ...entry,
    api: 'orders',
    requestId: `${name}${index}`,
  }));
  return { entries, counts: { orders: { requests: count + 100, denied: 3, failed: 1 } } };
}

/** A process of the profile. */
function open(change: { secrets?: SecretStore; maxBytes?: number } = {}) {
  const store = createActivityStore();
  const file = openActivityFile({
    stateDir,
    secrets,
    profileId: 'acme',
    onBatch: (batch) => store.restore(batch),
    now: () => now,
    ...change,
  });
  return { ...file, log: () => store.log() };
}

async function keep(batch: ActivityBatch, change: Parameters<typeof open>[0] = {}): Promise<void> {
  const one = open(change);
  one.add(batch);
  await one.close();
}

test('what was kept is there after a restart, with its counts, and nobody else can read it', async () => {
  await keep(batchOf(3));
  const again = open();
  await again.sync();
  expect(again.log().entries.map(({ requestId }) => requestId)).toEqual(['r0', 'r1', 'r2']);
  expect(again.log().counts).toEqual({ orders: { requests: 103, denied: 3, failed: 1 } });
  expect((await readFile(path(), 'utf8')).includes('/v1/orders')).toBe(false);
  if (process.platform !== 'win32') expect((await stat(path())).mode & 0o777).toBe(0o600);
});

test('two processes of one profile see each other’s requests, each once', async () => {
  const [app, cli] = [open(), open()];
  app.add(batchOf(2, 'app'));
  await app.sync();
  cli.add(batchOf(2, 'cli'));
  await cli.sync();
  await app.sync();
  await app.sync();
  const ids = (one: typeof app) => one.log().entries.map(({ requestId }) => requestId);
  // A process gives its own to its own store; here each holds the other's.
  expect(ids(app)).toEqual(['cli0', 'cli1']);
  expect(ids(cli)).toEqual(['app0', 'app1']);
  expect(app.log().counts['orders']?.requests).toBe(102);
});

test.each([
  ['nothing but noise', () => writeFile(path(), 'noise\n\u0000\u0001')],
  ['an empty file', () => writeFile(path(), '')],
  ['a line that was cut', async () => writeFile(path(), (await readFile(path(), 'utf8')).slice(0, 40))],
  ['another key', () => secrets.set('activity-key:acme', Buffer.alloc(32).toString('base64'))],
  ['a key that is none', () => secrets.set('activity-key:acme', 'short')],
])('%s in its place is no log, and the next is kept', async (_name, damage) => {
  await keep(batchOf(3));
  await damage();
  const one = open();
  await one.sync();
  expect(one.log().entries).toEqual([]);
  await keep(batchOf(1, 'later'));
  const after = open();
  await after.sync();
  expect(after.log().entries.map(({ requestId }) => requestId)).toEqual(['later0']);
});

test('a damaged line costs only itself', async () => {
  await keep(batchOf(1, 'a'));
  await appendFile(path(), 'AAAA\n');
  await keep(batchOf(1, 'b'));
  const one = open();
  await one.sync();
  expect(one.log().entries.map(({ requestId }) => requestId)).toEqual(['a0', 'b0']);
});

test('it stays within its size, drops the old, and counts them on', async () => {
  await keep(batchOf(20, 'old', now - 40 * 86_400_000));
  for (let round = 0; round < 6; round += 1) await keep(batchOf(40, `n${round}-`), { maxBytes: 40_000 });
  expect((await stat(path())).size).toBeLessThanOrEqual(60_000);
  const one = open();
  await one.sync();
  const { entries, counts } = one.log();
  expect(entries.at(-1)?.requestId).toBe('n5-39');
  expect(entries.some(({ requestId }) => requestId.startsWith('old'))).toBe(false);
  expect(counts['orders']?.requests).toBe(120 + 6 * 140);
});

test('signing out deletes file and key, and what a crash has left of another process', async () => {
  await keep(batchOf(3));
  await writeFile(`${path()}.4711.next`, 'left');
  await writeFile(join(stateDir, 'activity', 'acme.logistics.log'), 'of another profile');
  const one = open();
  await one.clear();
  expect(await readdir(join(stateDir, 'activity'))).toEqual(['acme.logistics.log']);
  expect(secrets.values.size).toBe(0);
});

test('a file that can’t be deleted is left without its key, and that is said', async () => {
  await keep(batchOf(3));
  await rm(path());
  await mkdir(path());
  await expect(open().clear()).rejects.toThrow();
  expect(secrets.values.size).toBe(0);
});

test('a key that can’t be deleted keeps no file', async () => {
  await keep(batchOf(3));
  const stuck: SecretStore = { ...secrets, delete: () => Promise.reject(new Error('The keyring is locked.')) };
  await expect(open({ secrets: stuck }).clear()).rejects.toThrow('locked');
  expect(await readdir(join(stateDir, 'activity'))).toEqual([]);
});

test('without a place for secrets nothing reaches the disk', async () => {
  await keep(batchOf(3), { secrets: memorySecretStore('No keyring.') });
  await expect(readdir(join(stateDir, 'activity'))).rejects.toThrow();
});
