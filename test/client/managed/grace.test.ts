import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { PolicyDocument } from '../../../client/managed/judge-policy.ts';
import { keptPolicyFile } from '../../../client/managed/kept-policy.ts';
import { type ManagedSettings, openManagedSettings } from '../../../client/managed/open-managed-settings.ts';
import { createLinuxPolicyReader } from '../../../client/managed/read-linux-policy.ts';
import { relayForbidden } from '../../../shared/managed/managed-settings.ts';
import { ownFolder } from './support/policy-places.ts';

const relay = 'https://relay.example.com';
const policy = { relays: [relay], allowedRelaysOnly: true };
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

const at = (place: string, entries: Readonly<Record<string, unknown>>): PolicyDocument => ({
  status: 'read',
  source: { scope: 'machine', place },
  entries,
});
const unreadable = (place: string): PolicyDocument => ({
  status: 'refused',
  problem: { place, fault: 'unreadable', detail: 'EIO' },
});

/** Managed settings over documents and a clock that a test sets. */
async function settable(first: readonly PolicyDocument[]) {
  let documents = first;
  let nowMs = 1_000;
  const managed = await openManagedSettings(
    { read: async () => documents },
    { everyMs: 1e9, graceMs: 30_000, now: () => nowMs },
  );
  closers.push(() => managed.close());
  const held = () =>
    Object.fromEntries(Object.entries(managed.current().values).map(([key, { value }]) => [key, value]));
  return {
    managed,
    /** What holds when these are looked at some time later. */
    after: async (ms: number, next: readonly PolicyDocument[]) => {
      documents = next;
      nowMs += ms;
      await managed.look();
      return held();
    },
  };
}

test.each<[what: string, gone: readonly PolicyDocument[], rest: Readonly<Record<string, unknown>>]>([
  ['a file', [], {}],
  ['all keys of a place that stays', [at('/a', {})], {}],
  ['one key', [at('/a', { allowedRelaysOnly: true })], { allowedRelaysOnly: true }],
])('%s that is gone holds on for half a minute, and no more then', async (_what, gone, rest) => {
  const { after } = await settable([at('/a', policy)]);
  expect(await after(5_000, gone)).toEqual(policy);
  expect(await after(29_999, gone)).toEqual(policy);
  expect(await after(1, gone)).toEqual(rest);
});

test('what is back in time was never gone, and has its half minute anew', async () => {
  const { after, managed } = await settable([at('/a', policy)]);
  const told: unknown[] = [];
  managed.watch((state) => told.push(state));
  for (let round = 0; round < 3; round += 1) {
    expect(await after(5_000, [])).toEqual(policy);
    expect(await after(20_000, [at('/a', policy)])).toEqual(policy);
  }
  expect(told).toEqual([]);
});

test('what is changed or added counts at once, beside what is gone', async () => {
  const { after } = await settable([at('/a', { ...policy, updates: 'ask' })]);
  const next = { allowedRelaysOnly: false, updates: 'off' };
  expect(await after(5_000, [at('/a', next)])).toEqual({ ...next, relays: [relay] });
  expect(await after(30_000, [at('/a', next)])).toEqual(next);
});

test.each<[gone: string, documents: readonly PolicyDocument[]]>([
  ['/a', [at('/b', { updates: 'ask' }), at('/c', { updates: 'off' })]],
  ['/b', [at('/a', { updates: 'automatic' }), at('/c', { updates: 'off' })]],
  ['/a, while /c can’t be read', [at('/b', { updates: 'ask' }), unreadable('/c')]],
])('a weaker place that is gone, %s, doesn’t become the strongest', async (_gone, documents) => {
  const all = [at('/a', { updates: 'automatic' }), at('/b', { updates: 'ask' }), at('/c', { updates: 'off' })];
  const { after } = await settable(all);
  expect(await after(5_000, documents)).toEqual({ updates: 'off' });
});

test('nobody is expelled while the file with the allowed relays is replaced', async () => {
  const [only, list] = [at('/a', { allowedRelaysOnly: true }), at('/b', { relays: [relay] })];
  const { after, managed } = await settable([only, list]);
  await after(5_000, [only]);
  expect(relayForbidden(managed.current(), relay)).toBeNull();
  await after(31_000, [only]);
  expect(relayForbidden(managed.current(), relay)).not.toBeNull();
});

async function startAt(folder: string, trust: ReturnType<typeof ownFolder>['trust']): Promise<ManagedSettings> {
  const kept = keptPolicyFile(join(folder, 'kept.json'));
  const managed = await openManagedSettings(createLinuxPolicyReader(join(folder, 'causeway'), trust), {
    everyMs: 1e9,
    kept,
  });
  managed.close();
  return managed;
}

test.each<[what: string, keep: (kept: string) => void, holds: unknown]>([
  ['as it was', () => undefined, true],
  ['deleted by the person', (kept) => rmSync(kept), undefined],
  ['made looser by the person, as without it', (kept) => writeFileSync(kept, '[]'), undefined],
  ['broken', (kept) => writeFileSync(kept, '{'), undefined],
  ['with what is no value', (kept) => writeFileSync(kept, '[{"source":{"scope":"machine"}}]'), undefined],
])('a file that can’t be read at a start holds what is kept of it: %s', async (_what, keep, holds) => {
  const { folder, trust } = ownFolder();
  closers.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'causeway/policy.json');
  mkdirSync(join(folder, 'causeway'), { mode: 0o755 });
  writeFileSync(file, JSON.stringify(policy), { mode: 0o644 });
  expect((await startAt(folder, trust)).current().problems).toEqual([]);
  keep(join(folder, 'kept.json'));
  writeFileSync(file, '{"allowedRel');
  // However often the computer starts anew.
  for (const _start of [1, 2]) {
    const { values, problems } = (await startAt(folder, trust)).current();
    expect(values.allowedRelaysOnly?.value).toBe(holds);
    expect(problems).toMatchObject([{ fault: 'unreadable', ...(holds === undefined ? {} : { holds: 'earlier' }) }]);
  }
});

test('what is kept counts for nothing where the policy can be read, or is gone', async () => {
  const { folder, trust } = ownFolder();
  closers.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'causeway/policy.json');
  mkdirSync(join(folder, 'causeway'), { mode: 0o755 });
  const kept = [{ source: { scope: 'machine', place: file }, entries: { updates: 'automatic', relays: [relay] } }];
  writeFileSync(join(folder, 'kept.json'), JSON.stringify(kept));
  expect((await startAt(folder, trust)).current()).toEqual({ values: {}, problems: [] });
  writeFileSync(join(folder, 'kept.json'), JSON.stringify(kept));
  // A value that can’t be used holds at its strictest, and not as the person has written it.
  writeFileSync(file, '{"updates":"sometimes"}', { mode: 0o644 });
  expect((await startAt(folder, trust)).current()).toMatchObject({ values: { updates: { value: 'off' } } });
});
