import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judgePolicy } from '../../../client/managed/judge-policy.ts';
import { openManagedSettings } from '../../../client/managed/open-managed-settings.ts';
import { createLinuxPolicyReader } from '../../../client/managed/read-linux-policy.ts';
import { createWindowsPolicyReader } from '../../../client/managed/read-windows-policy.ts';
import { strictValues } from '../../../client/managed/strict-values.ts';
import type { ManagedKey } from '../../../shared/managed/managed-keys.ts';
import { relayForbidden } from '../../../shared/managed/managed-settings.ts';
import type { ManagedState } from '../../../shared/managed/managed-state.ts';
import { policyProblemText } from '../../../shared/managed/managed-text.ts';
import { keySamples } from './support/key-samples.ts';
import { ownFolder, rawValue } from './support/policy-places.ts';

const pins = keySamples.certificatePins.valid;
const policy = {
  relays: ['https://relay.example.com'],
  allowedRelaysOnly: true,
  certificatePins: pins,
  updates: 'ask',
};
const plain = ({ values }: ManagedState): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([key, set]) => [key, set.value]));

test.each<{ what: string; spoil: (file: string) => void; fault: string }>([
  { what: 'half a file', fault: 'unreadable', spoil: (file) => writeFileSync(file, '{"allowedRelaysOnly": fal') },
  { what: 'an empty file', fault: 'unreadable', spoil: (file) => writeFileSync(file, '') },
  { what: 'a list', fault: 'unreadable', spoil: (file) => writeFileSync(file, '[]') },
  { what: 'bytes', fault: 'unreadable', spoil: (file) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0, 1])) },
  { what: 'a file that others can write', fault: 'unsafe', spoil: (file) => chmodSync(file, 0o666) },
  { what: 'a folder that others can write', fault: 'unsafe', spoil: (file) => chmodSync(join(file, '..'), 0o777) },
  {
    what: 'a link to a looser one',
    fault: 'unsafe',
    spoil: (file) => {
      writeFileSync(`${file}.other`, '{}');
      rmSync(file);
      symlinkSync(`${file}.other`, file);
    },
  },
  {
    what: 'a folder in its place',
    fault: 'unsafe',
    spoil: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  },
  { what: 'a file that is too large', fault: 'unsafe', spoil: (file) => writeFileSync(file, ' '.repeat(1_048_577)) },
])('$what takes nothing away while the program runs, however often it is looked at', async ({ spoil, fault }) => {
  for (const name of ['policy.json', 'policy.d/10-it.json']) {
    const { folder, trust } = ownFolder();
    const place = join(folder, 'causeway');
    mkdirSync(join(place, 'policy.d'), { recursive: true, mode: 0o755 });
    const file = join(place, name);
    writeFileSync(file, JSON.stringify(policy), { mode: 0o644 });
    const running = await openManagedSettings(createLinuxPolicyReader(place, trust), { everyMs: 1e9, graceMs: 0 });
    const before = running.current();
    expect(plain(before)).toEqual(policy);
    spoil(file);
    await running.look();
    await running.look();
    expect(running.current().values, name).toEqual(before.values);
    expect(running.current().problems).toEqual([expect.objectContaining({ fault, holds: 'earlier' })]);
    expect(running.current().problems.map(policyProblemText).join()).toMatch(/what stood there before holds\.$/);
    rmSync(file, { recursive: true });
    chmodSync(join(file, '..'), 0o755);
    await running.look();
    expect(running.current(), 'a policy that is gone').toEqual({ values: {}, problems: [] });
    running.close();
    rmSync(folder, { recursive: true });
  }
});

test('a registry that can’t be read takes nothing away', async () => {
  let isReadable = true;
  const reader = createWindowsPolicyReader({
    valuesOf(hive) {
      if (!isReadable) throw new Error('RegOpenKeyExW: 5');
      return hive === 'HKLM' ? Object.entries(policy).map(rawValue) : null;
    },
  });
  const running = await openManagedSettings(reader, { everyMs: 1e9, graceMs: 0 });
  isReadable = false;
  await running.look();
  expect(plain(running.current())).toEqual(policy);
  expect(running.current().problems).toMatchObject([
    { fault: 'unreadable', place: String.raw`HKCU\Software\Policies\Causeway` },
    { fault: 'unreadable', place: String.raw`HKLM\Software\Policies\Causeway`, holds: 'earlier' },
  ]);
  expect(running.current().problems[0]).not.toHaveProperty('holds');
  running.close();
});

test('a value that can’t be used leaves what it was; one that is left out is free, and one that is mended holds', async () => {
  let entries: Record<string, unknown> = policy;
  const source = { scope: 'machine', place: '/etc/causeway/policy.json' } as const;
  const running = await openManagedSettings(
    { read: async () => [{ status: 'read', source, entries }] },
    { everyMs: 1e9, graceMs: 0 },
  );
  entries = {
    ...policy,
    relays: 7,
    allowedRelaysOnly: 'no',
    certificatePins: [...pins, 'sha256/short'],
    updates: undefined,
  };
  await running.look();
  await running.look();
  expect(plain(running.current())).toEqual(policy);
  expect(running.current().problems.map(({ holds }) => holds)).toEqual(Array(4).fill('earlier'));
  entries = { allowedRelaysOnly: false, updates: 'off' };
  await running.look();
  expect(running.current()).toMatchObject({ problems: [] });
  expect(plain(running.current())).toEqual(entries);
  running.close();
});

test.each<[ManagedKey, readonly unknown[]]>([
  ['allowedRelaysOnly', ['yes', 'false', 0, 1, null, [], {}]],
  ['certificatePins', ['sha256/x', [''], [...pins, 'sha1/AAAA'], [7], null, {}]],
  ['otherPrograms', ['never', '', 'ASK', null, 1, ['ask']]],
  ['signOutOnLock', ['yes', 1, null]],
  ['updates', ['sometimes', '', 'Off', null, false]],
])('%s that can’t be used at the start holds at its strictest, over what is weaker, and says so', (key, wrong) => {
  const at = (place: string, entries: Record<string, unknown>) =>
    ({ status: 'read', source: { scope: 'machine', place }, entries }) as const;
  for (const value of wrong) {
    const lax = at('/a', { [key]: keySamples[key].other });
    const state = judgePolicy([lax, at('/b', { [key]: value })]);
    expect(state.values[key], JSON.stringify(value)).toEqual({
      value: strictValues[key],
      source: { scope: 'machine', place: '/b' },
    });
    expect(state.problems).toMatchObject([{ place: '/b', fault: 'value', key, holds: 'strictest' }]);
    expect(state.problems.map(policyProblemText).join()).toMatch(/Until it can be used, (?:the strictest|no relay)/);
    expect(judgePolicy([at('/a', { [key]: value }), at('/b', lax.entries)]).values[key]?.value).toEqual(
      keySamples[key].other,
    );
  }
});

test('“only these relays” that can’t be used allows those that are named, and no other', () => {
  const source = { scope: 'machine', place: '/etc/causeway/policy.json' } as const;
  const state = judgePolicy([{ status: 'read', source, entries: { ...policy, allowedRelaysOnly: 'flase' } }]);
  expect(relayForbidden(state, 'https://relay.example.com')).toBeNull();
  expect(relayForbidden(state, 'https://other.example.com')).toEqual(source);
});
