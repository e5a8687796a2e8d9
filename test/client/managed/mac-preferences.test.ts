import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { judgePolicy } from '../../../client/managed/judge-policy.ts';
import { type ConvertPlist, createMacPolicyReader, macPolicyDomain } from '../../../client/managed/read-mac-policy.ts';
import type { ManagedState } from '../../../shared/managed/managed-state.ts';
import { policyProblemText } from '../../../shared/managed/managed-text.ts';
import { ownFolder } from './support/policy-places.ts';

const own = process.getuid?.() ?? 0;
const plain: ConvertPlist = async (bytes) => bytes.toString('utf8');

let folder: string;
let path: string;

beforeEach(() => {
  ({ folder } = ownFolder());
  path = join(folder, `${macPolicyDomain}.plist`);
  writeFileSync(path, JSON.stringify({ deviceName: 'PC' }), { mode: 0o644 });
});

afterEach(() => rmSync(folder, { recursive: true }));

const opened = ({ owners = [own], convert = plain }: { owners?: readonly number[]; convert?: ConvertPlist } = {}) => {
  const reader = createMacPolicyReader('alice', { folder, trust: { owners, top: folder }, convert });
  return async (): Promise<ManagedState> => judgePolicy(await reader.read());
};

test.each<{ what: string; words: RegExp; spoil: () => void; owners?: readonly number[] }>([
  { what: 'that all can write', words: /can write to .+\.plist/, spoil: () => chmodSync(path, 0o666) },
  { what: 'that its group can write', words: /can write to .+\.plist/, spoil: () => chmodSync(path, 0o664) },
  {
    what: 'that is a link',
    words: /\.plist is a link/,
    spoil: () => {
      renameSync(path, `${path}.real`);
      symlinkSync(`${path}.real`, path);
    },
  },
  {
    what: 'in whose place is a folder',
    words: /isn’t a plain file/,
    spoil: () => {
      rmSync(path);
      mkdirSync(path);
    },
  },
  { what: 'of another user', words: /belongs to another user/, owners: [own + 1], spoil: () => undefined },
  { what: 'in a folder that all can write', words: /can write to/, spoil: () => chmodSync(folder, 0o777) },
])('a property list $what counts for nothing, also after it has counted', async ({ spoil, words, owners = [own] }) => {
  const look = opened({ owners });
  if (owners.includes(own)) expect((await look()).values.deviceName?.value).toBe('PC');
  spoil();
  const { values, problems } = await look();
  expect(values).toEqual({});
  expect(problems.map(policyProblemText).join('\n')).toMatch(words);
});

test('a property list that couldn’t be converted once is converted at the next look, and then no more', async () => {
  let asked = 0;
  const look = opened({
    convert: async (bytes) => {
      asked += 1;
      if (asked === 1) throw new Error('Command failed: plutil\ntimed out');
      return await plain(bytes);
    },
  });
  expect((await look()).problems).toMatchObject([{ fault: 'unreadable', detail: 'timed out' }]);
  expect((await look()).values.deviceName?.value).toBe('PC');
  expect((await look()).values.deviceName?.value).toBe('PC');
  expect(asked).toBe(2);
});
