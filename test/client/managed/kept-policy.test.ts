import { afterEach, describe, expect, test } from 'vitest';
import type { GoodEntries, PolicyDocument } from '../../../client/managed/judge-policy.ts';
import type { KeptPolicy } from '../../../client/managed/kept-policy.ts';
import { openManagedSettings } from '../../../client/managed/open-managed-settings.ts';
import { keySamples } from './support/key-samples.ts';

const [relay, evil] = ['https://relay.example.com', 'https://evil.example.net'];
const [pins, ownPins] = [keySamples.certificatePins.valid, keySamples.certificatePins.other];
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));
type Entries = Readonly<Record<string, unknown>>;
const good = (place: string, entries: Entries): GoodEntries => ({ source: { scope: 'machine', place }, entries });
const at = (place: string, entries: Entries): PolicyDocument => ({ status: 'read', ...good(place, entries) });
const refused = (place: string): PolicyDocument => ({
  status: 'refused',
  problem: { place, fault: 'unreadable', detail: 'EIO' },
});

/** Starts over documents, with what is kept, at a time of the calendar; later looks are at further documents. */
async function start(documents: readonly PolicyDocument[], kept: Box, { atMs = 0 } = {}) {
  let [found, nowMs] = [documents, atMs];
  const clock = (): number => nowMs;
  const reader = { read: async () => found };
  const managed = await openManagedSettings(reader, { everyMs: 1e9, graceMs: 30_000, kept, now: clock, today: clock });
  closers.push(() => managed.close());
  const holds = (): Entries =>
    Object.fromEntries(Object.entries(managed.current().values).map(([key, { value }]) => [key, value]));
  return {
    holds,
    problems: managed.current().problems,
    after: async (ms: number, next: readonly PolicyDocument[]): Promise<Entries> => {
      [found, nowMs] = [next, nowMs + ms];
      await managed.look();
      return holds();
    },
  };
}

interface Box extends KeptPolicy {
  file: readonly GoodEntries[];
}
const box = (...file: readonly GoodEntries[]): Box => ({
  file,
  load() {
    return this.file;
  },
  save(kept) {
    this.file = structuredClone(kept);
  },
});

const looser = {
  relays: [evil],
  allowedRelaysOnly: false,
  certificatePins: ownPins,
  updates: 'automatic',
  otherPrograms: 'allow',
  signOutOnLock: false,
  lockedSettings: ['theme'],
  updateFeed: 'https://evil.example.net/',
};
const strict = {
  relays: [relay],
  allowedRelaysOnly: true,
  certificatePins: pins,
  updates: 'ask',
  otherPrograms: 'ask',
  signOutOnLock: true,
  lockedSettings: ['otherPrograms'],
  updateFeed: 'https://it.example.com/',
};

describe('a kept file that the person has forged', () => {
  test.each<[what: string, forged: string, rest: readonly PolicyDocument[]]>([
    ['below a folder that can’t be used', '/d/99.json', [refused('/d')]],
    ['at a file that can’t', '/d/99.json', [refused('/d/99.json')]],
    ['at a place that is gone', '/d/99.json', []],
    ['at a place that has lost its keys', '/d/99.json', [at('/d/99.json', {})]],
    ['where the policy stands', '/policy.json', []],
  ])('%s changes nothing of what can be read, now and later', async (_what, forged, rest) => {
    for (const kept of [[good(forged, looser)], [good(forged, looser), good('/policy.json', looser)]]) {
      const { holds, after } = await start([at('/policy.json', strict), ...rest], box(...kept));
      expect(holds()).toEqual(strict);
      expect(await after(5_000, [at('/policy.json', strict), ...rest])).toEqual(strict);
    }
  });

  test.each<[what: string, read: Entries, forged: Entries]>([
    [
      'relays, where only those of a file that can’t be read are allowed',
      { allowedRelaysOnly: true },
      { relays: [evil] },
    ],
    ['a locked setting', { lockedSettings: ['otherPrograms'] }, { otherPrograms: 'allow' }],
    ['no updates, where there are to be some', { updates: 'automatic' }, { updates: 'off' }],
    ['pins of their own', { certificatePins: pins }, { certificatePins: ownPins }],
  ])('gains nobody %s', async (_what, read, forged) => {
    for (const rest of [[refused('/d')], []]) {
      const { holds } = await start([at('/policy.json', read), ...rest], box(good('/d/9.json', forged)));
      expect(holds()).toEqual(read);
    }
  });

  test('doesn’t count either when what it is over is set only later', async () => {
    const { holds, after } = await start([refused('/d')], box(good('/d/9.json', looser)));
    expect(holds()).toEqual(looser);
    expect(await after(5_000, [at('/policy.json', strict), refused('/d')])).toEqual(strict);
  });
});

test.each<[what: string, read: Entries, kept: Entries, holds: Entries]>([
  [
    'restricts over what is weaker',
    { allowedRelaysOnly: false },
    { allowedRelaysOnly: true },
    { allowedRelaysOnly: true },
  ],
  ['says what nothing else does', { updates: 'ask' }, { ports: { a: 7110 } }, { updates: 'ask', ports: { a: 7110 } }],
  ['is weaker where it doesn’t restrict', { logLevel: 'warn' }, { logLevel: 'trace' }, { logLevel: 'warn' }],
])('what is kept of a file that can’t be used at a start %s', async (_what, read, kept, holds) => {
  const keptFile = box(good('/d/9.json', kept));
  for (const _start of [1, 2]) {
    const run = await start([at('/a', read), refused('/d/9.json')], keptFile);
    expect(run.holds()).toEqual(holds);
  }
});

test('a start while group policy is written anew is as strict as before, and for half a minute', async () => {
  const policy = {
    relays: [relay],
    allowedRelaysOnly: true,
    certificatePins: pins,
    otherPrograms: 'refuse',
    logLevel: 'info',
  };
  const { logLevel: _logLevel, ...restricting } = policy;
  for (const gone of [[], [at('/a', {})]]) {
    const kept = box();
    expect((await start([at('/a', policy)], kept)).holds()).toEqual(policy);
    expect((await start(gone, kept, { atMs: 100 })).holds()).toEqual(restricting);
    const { holds, after } = await start(gone, kept, { atMs: 20_000 });
    expect(holds()).toEqual(restricting);
    expect(await after(5_000, gone)).toEqual(restricting);
    expect(await after(5_100, gone), 'half a minute after it was missed first').toEqual({});
    expect((await start(gone, kept, { atMs: 31_000 })).holds()).toEqual({});
  }
});

test('it counts as it is as soon as it is back', async () => {
  const kept = box();
  await start([at('/a', { relays: [relay], allowedRelaysOnly: true })], kept);
  const { holds, after } = await start([], kept, { atMs: 100 });
  expect(holds()).toEqual({ relays: [relay], allowedRelaysOnly: true });
  const next = { relays: [evil], allowedRelaysOnly: false };
  expect(await after(1_000, [at('/a', next)])).toEqual(next);
});

test('what is gone at a start stays weaker than what was stronger, and goes at once when the clock was set back', async () => {
  const kept = box();
  const stronger = at('/b', { allowedRelaysOnly: false });
  await start([at('/a', { allowedRelaysOnly: true }), stronger], kept);
  expect((await start([stronger], kept, { atMs: 100 })).holds()).toEqual({ allowedRelaysOnly: false });
  expect((await start([], kept, { atMs: 50 })).holds()).toEqual({});
});
