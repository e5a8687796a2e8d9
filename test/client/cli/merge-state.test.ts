import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergeState } from '../../../client/cli/merge-state.ts';
import { stateFile } from '../../../client/cli/state-file.ts';
import type { PersistedState } from '../../../client/profile/core-options.ts';
import { type ProfileRecord, settingsSchema } from '../../../shared/settings.ts';

let stateDir: string;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-state-'));
});

afterEach(async () => {
  await rm(stateDir, { recursive: true, force: true });
});

function profile(id: string, change: Partial<ProfileRecord> = {}): ProfileRecord {
  return { id, relayUrl: `https://${id}`, relayName: id, ports: {}, favourites: [], connected: [], ...change };
}

function state(profiles: readonly ProfileRecord[], change: Partial<PersistedState> = {}): PersistedState {
  return { settings: settingsSchema.parse({}), profiles, currentProfileId: null, recentRelayUrls: [], ...change };
}

const empty = state([]);
const [a, b] = [profile('a'), profile('b')];
const port = (value: number) => ({ port: value, pinned: false });

test.each<[string, { base: PersistedState; mine: PersistedState; theirs: PersistedState; merged: PersistedState }]>([
  [
    'two relays that are new at once both stay',
    { base: empty, mine: state([a]), theirs: state([b]), merged: state([a, b]) },
  ],
  [
    'what only the other changed stays',
    { base: state([a]), mine: state([a]), theirs: state([a, b]), merged: state([a, b]) },
  ],
  [
    'a relay that this process removed is gone',
    { base: state([a, b]), mine: state([b]), theirs: state([a, b]), merged: state([b]) },
  ],
  [
    'one that the other removed isn’t brought back',
    { base: state([a, b]), mine: state([a, b]), theirs: state([b]), merged: state([b]) },
  ],
  [
    'ports of one relay are merged one by one',
    {
      base: state([a]),
      mine: state([profile('a', { ports: { orders: port(7101) } })]),
      theirs: state([profile('a', { ports: { items: port(7102) } })]),
      merged: state([profile('a', { ports: { orders: port(7101), items: port(7102) } })]),
    },
  ],
  [
    'of two values for one thing, the one written last counts',
    {
      base: state([], { currentProfileId: 'a' }),
      mine: state([], { currentProfileId: 'b' }),
      theirs: state([], { currentProfileId: 'c' }),
      merged: state([], { currentProfileId: 'b' }),
    },
  ],
  [
    'addresses of both are offered again, at most five',
    {
      base: empty,
      mine: state([], { recentRelayUrls: ['https://1', 'https://2', 'https://3'] }),
      theirs: state([], { recentRelayUrls: ['https://4', 'https://2', 'https://5', 'https://6'] }),
      merged: state([], { recentRelayUrls: ['https://1', 'https://2', 'https://3', 'https://4', 'https://5'] }),
    },
  ],
])('%s', (_name, { base, mine, theirs, merged }) => {
  const result = mergeState(base, mine, theirs);
  expect({ ...result, profiles: result.profiles.toSorted((one, other) => one.id.localeCompare(other.id)) }).toEqual(
    merged,
  );
});

test('eight processes that each add a relay at once lose none', async () => {
  const children = Array.from({ length: 8 }, (_, index) =>
    fork(join(import.meta.dirname, '../support/add-profile.ts'), [stateDir, `relay-${index}`]),
  );
  const endings = children.map((child) => once(child, 'exit'));
  await Promise.all(children.map((child) => once(child, 'message')));
  for (const child of children) child.send('go');
  expect(await Promise.all(endings)).toEqual(Array.from({ length: 8 }, () => [0, null]));
  const text = await readFile(join(stateDir, 'state.json'), 'utf8');
  const { profiles } = JSON.parse(text) as PersistedState;
  expect(profiles.map(({ id }) => id).toSorted()).toEqual(children.map((_, index) => `relay-${index}`));
});

test.each([
  ['no bytes', ''],
  ['a line end', '\n'],
  ['an editor’s mark before an empty object', '\uFEFF{}'],
  ['the zeros of a power cut', '\0'.repeat(512)],
])('a file of %s starts afresh', async (_what, content) => {
  await writeFile(join(stateDir, 'state.json'), content);
  const store = stateFile(stateDir, () => undefined);
  expect(store.load()).toEqual(empty);
  store.save(state([a]));
  expect(stateFile(stateDir, () => undefined).load()).toEqual(state([a]));
});

test.each([
  ['{\n  "profiles": [\n}', /state\.json, line 3: /],
  ['{"profiles": [', /state\.json, line 1: /],
  ['[]', /state\.json, line 1, the whole: /],
  ['{\n  "settings": {},\n  "profiles": [\n    { "id": 4 }\n  ]\n}', /state\.json, line 4, profiles\.0\.id: /],
  ['{\n  "settings": { "gatewayPort": 1 }\n}', /state\.json, line 2, settings\.gatewayPort: /],
])('a damaged file is refused with its line and key, and left alone: %j', async (content, words) => {
  await writeFile(join(stateDir, 'state.json'), content);
  const store = stateFile(stateDir, () => undefined);
  expect(() => store.load()).toThrow(
    expect.objectContaining({ code: 'bad-config', message: expect.stringMatching(words) }),
  );
  expect(await readFile(join(stateDir, 'state.json'), 'utf8')).toBe(content);
});
