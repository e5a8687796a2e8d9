import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../client/network/http-client.ts';
import { readUpdateRecord } from '../../client/updates/update-record.ts';
import { UpdateFailure } from '../../client/updates/update-failure.ts';
import { installWay, type InstallFacts } from '../../electron/install-way.ts';
import { updateSource } from '../../electron/start-updates.ts';
import type { UpdateBuild } from '../../electron/update-build.ts';
import { updatePolicy, type UpdatePolicy } from '../../electron/update-policy.ts';
import type { PreparedUpdate, Updates, UpdatesOptions, WantedUpdates } from '../../electron/update-parts.ts';
import { openUpdates } from '../../electron/updates.ts';
import type { AppUpdate } from '../../shared/app-update.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { sampleProblem, sampleProfile, sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';
import { type FakeFeed, fileOf, startFakeFeed } from '../support/start-fake-feed.ts';

const dayMs = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'causeway-app-updates-'));
let nowMs = Date.parse('2026-06-01T12:00:00Z');
let feed: FakeFeed;
let http: HttpClient;
let updates: Updates | null = null;
let folder: string;
let calls: string[];
let prepared: PreparedUpdate[];
let states: string[];

beforeAll(async () => {
  feed = await startFakeFeed(nowMs);
});
beforeEach(() => {
  nowMs = Date.parse('2026-06-01T12:00:00Z');
  feed.reset();
  http = createHttpClient();
  folder = mkdtempSync(join(root, 'app-'));
  calls = [];
  prepared = [];
  states = [];
});
afterEach(async () => {
  await updates?.close();
  updates = null;
  await http.close();
});
afterAll(async () => {
  await feed.close();
  rmSync(root, { recursive: true, force: true });
});

const wanted = (mode: 'automatic' | 'ask' = 'automatic', channel = 'stable'): WantedUpdates => ({
  channel,
  source: { status: 'on', feed: feed.url, keys: [feed.key], mode },
});

async function open(change: Partial<UpdatesOptions> = {}, mode: 'automatic' | 'ask' = 'automatic'): Promise<Updates> {
  await updates?.close();
  updates = await openUpdates({
    installed: '1.0.0',
    platform: 'linux',
    arch: 'x64',
    systemVersion: '6.1.0',
    wanted: wanted(mode),
    folder,
    http,
    installer: {
      prepare: async (offer) => void prepared.push(offer),
      restart: async () => void calls.push('restart'),
      installOnQuit: async () => void calls.push('install on quit'),
    },
    now: () => nowMs,
    random: () => 0,
    isUnwatched: () => true,
    onChange: ({ state }) => {
      if (states.at(-1) !== state.status) states.push(state.status);
    },
    onProblem: () => undefined,
    ...change,
  });
  return updates;
}

const outcomeOf = ({ state }: AppUpdate): string =>
  state.status === 'failed'
    ? `failed: ${state.reason}`
    : state.status === 'current'
      ? `current: ${state.passedOver?.reason ?? 'nothing'}`
      : state.status;

describe('updates of the app', () => {
  it('come from the good feed, once, and are installed when asked', async () => {
    const app = await open();
    await app.check();
    await app.check();
    expect(states).toEqual(['current', 'checking', 'downloading', 'ready']);
    expect(prepared.map(({ metadata }) => metadata.version)).toEqual(['1.1.0']);
    expect(readFileSync(prepared[0]?.path ?? '').equals(feed.installer)).toBe(true);
    expect(calls).toEqual([]);
    await app.restart();
    expect(calls).toEqual(['restart']);
    expect(app.current().state.status).toBe('installing');
  });

  it.each<[state: string, plant: () => void, outcome: string]>([
    ['an older version', () => feed.offer(feed.metadata({ version: '0.9.0' })), 'current: older'],
    ['no signature', () => feed.offer(feed.metadata(), null), 'failed: unsigned'],
    ['another channel’s', () => feed.offer(feed.metadata({ channel: 'beta' })), 'failed: wrong-channel'],
    ['a rollout at 0 %', () => feed.offer(feed.metadata({ stagingPercentage: 0 })), 'current: not-yet'],
    ['other bytes', () => feed.put('causeway-1.1.0-linux-x64.AppImage', Buffer.alloc(400_000)), 'failed: wrong-hash'],
    [
      'a name that leads elsewhere',
      () => feed.offer(feed.metadata({ files: [fileOf('../x.AppImage', feed.installer)] })),
      'failed: bad-file-name',
    ],
  ])('with %s: nothing is prepared, run or kept to run', async (_state, plant, outcome) => {
    plant();
    const app = await open();
    await app.check();
    expect(outcomeOf(app.current())).toBe(outcome);
    await app.restart();
    await app.quit();
    expect([prepared, calls]).toEqual([[], []]);
    await app.close();
    expect(outcomeOf((await readUpdateRecord(folder))?.last as AppUpdate)).toBe(outcome);
  });

  it('aren’t taken back to metadata from before, in this run or a later one', async () => {
    await (await open()).check();
    feed.offer(feed.metadata({ version: '1.0.5', signedAt: new Date(nowMs - 3 * dayMs).toISOString() }));
    await updates?.check();
    expect(outcomeOf((updates as Updates).current())).toBe('failed: replayed');
    const later = await open();
    await later.check();
    expect(outcomeOf(later.current())).toBe('failed: replayed');
    expect(prepared.length).toBe(1);
  });

  it('are installed also when the person asks while the app looks again', async () => {
    const app = await open();
    await app.check();
    const looking = app.check();
    await app.restart();
    await looking;
    expect(calls).toEqual(['restart']);
  });

  it('stay ready while the feed is away', async () => {
    const app = await open();
    await app.check();
    feed.put('latest-linux.yml', (request) => void request.socket.destroy());
    await app.check();
    expect(app.current().state.status).toBe('ready');
    await app.restart();
    expect(calls).toEqual(['restart']);
  });

  it('go on after metadata from the future', async () => {
    const app = await open();
    feed.offer(feed.metadata({ version: '1.0.1', signedAt: new Date(nowMs + 900 * dayMs).toISOString() }));
    await app.check();
    feed.offer(feed.metadata({ signedAt: new Date(nowMs + 1).toISOString() }));
    await app.check();
    expect(app.current().state).toMatchObject({ status: 'ready', offer: { version: '1.1.0' } });
  });

  it('give up what was ready when the feed takes it back', async () => {
    const app = await open();
    await app.check();
    feed.offer(feed.metadata({ version: '1.0.0', signedAt: new Date(nowMs).toISOString() }));
    await app.check();
    expect(outcomeOf(app.current())).toBe('current: same');
    await app.restart();
    await app.quit();
    expect(calls).toEqual([]);
  });

  it.each<[what: string, change: (offer: PreparedUpdate) => void, reason: string]>([
    ['was changed on the disk', ({ path }) => writeFileSync(path, Buffer.alloc(400_000)), 'wrong-hash'],
    ['has expired', () => (nowMs += 2 * dayMs), 'expired'],
  ])('aren’t installed when what was ready %s since', async (_what, change, reason) => {
    const app = await open();
    await app.check();
    for (const offer of prepared) change(offer);
    await app.quit();
    await app.restart();
    expect(outcomeOf(app.current())).toBe(`failed: ${reason}`);
    expect(calls).toEqual([]);
  });

  it('are refused where the platform’s signature isn’t good', async () => {
    const prepare = () => Promise.reject(new UpdateFailure('platform-signature', 'Not signed by Acme.'));
    const app = await open({ installer: { prepare, restart: prepare, installOnQuit: prepare } });
    await app.check();
    expect(outcomeOf(app.current())).toBe('failed: platform-signature');
    await app.quit();
    expect(calls).toEqual([]);
  });

  it('wait for the person’s yes where IT wants that, also when a relay demands a newer version', async () => {
    const app = await open({}, 'ask');
    await app.check();
    expect(app.current().state.status).toBe('offered');
    expect(feed.asked.some((name) => name.endsWith('.AppImage'))).toBe(false);
    await app.download();
    expect(app.current().state).toMatchObject({ status: 'ready', byItself: false });
    await app.quit();
    expect(calls).toEqual([]);
    const demanding = await open({ folder: mkdtempSync(join(root, 'app-')) }, 'ask');
    demanding.observe(tooOld());
    await demanding.check();
    expect(demanding.current()).toMatchObject({ isRequired: true, state: { status: 'offered' } });
  });

  it.each<[whose: string, change: Partial<ProfileSnapshot>, isRequired: boolean]>([
    ['a relay that was only tried', {}, false],
    ['one where somebody was signed in', { account: 'alice@acme.example' }, true],
  ])('are demanded by %s: %#', async (_whose, change, isRequired) => {
    feed.offer(feed.metadata({ stagingPercentage: 0.001 }));
    const app = await open();
    app.observe(tooOld(change));
    await app.check();
    expect(app.current().isRequired).toBe(isRequired);
    expect(outcomeOf(app.current())).toBe(isRequired ? 'ready' : 'current: not-yet');
  });

  it('aren’t taken back when the computer’s clock was', async () => {
    await (await open()).check();
    nowMs -= 3 * dayMs;
    await updates?.check();
    feed.offer(feed.metadata({ version: '1.0.5', signedAt: new Date(nowMs).toISOString() }));
    await updates?.check();
    expect(outcomeOf((updates as Updates).current())).toBe('failed: replayed');
  });

  it('aren’t taken back by quitting during a download', async () => {
    let asked = (): void => undefined;
    const downloads = new Promise<void>((resolve) => (asked = resolve));
    feed.put('causeway-1.1.0-linux-x64.AppImage', () => asked());
    const app = await open();
    const looking = app.check();
    await downloads;
    await app.close();
    await looking;
    expect((await readUpdateRecord(folder))?.newestSignedAtMs).toEqual({ stable: nowMs - dayMs });
  });

  it('that the installer refuses as the app quits are no version that didn’t start', async () => {
    const refuse = () => Promise.reject(new UpdateFailure('wrong-hash', 'It was changed.'));
    const problems: unknown[] = [];
    const app = await open({
      installer: { prepare: async () => undefined, restart: refuse, installOnQuit: refuse },
      onProblem: (error) => problems.push(error),
    });
    await app.check();
    await app.quit();
    expect(problems).toEqual([expect.objectContaining({ reason: 'wrong-hash' })]);
    expect((await readUpdateRecord(folder))?.attempt).toBeNull();
  });

  it('are installed as the app quits, and one that didn’t start isn’t tried again at once', async () => {
    const app = await open();
    await app.check();
    await app.quit();
    expect(calls).toEqual(['install on quit']);
    const again = await open();
    expect(outcomeOf(again.current())).toBe('failed: install-failed');
    await again.check();
    expect(again.current().state.status).toBe('ready');
    await again.quit();
    expect(calls).toEqual(['install on quit']);
    const updated = await open({ installed: '1.1.0' });
    expect(outcomeOf(updated.current())).toBe('current: nothing');
  });

  it('are off without asking anybody', async () => {
    const app = await open({ wanted: { channel: 'stable', source: { status: 'off', reason: 'policy' } } });
    await app.check();
    await app.restart();
    await app.quit();
    expect(app.current().state).toEqual({ status: 'off', reason: 'policy' });
    expect(feed.asked).toEqual([]);
  });

  it('follow IT’s word while the app runs', async () => {
    const app = await open();
    await app.check();
    expect(app.current().state.status).toBe('ready');
    app.follow(wanted());
    expect(app.current().state.status).toBe('ready');
    app.follow({ channel: 'stable', source: { status: 'off', reason: 'policy' } });
    expect(app.current().state).toEqual({ status: 'off', reason: 'policy' });
    await app.restart();
    await app.quit();
    expect(calls).toEqual([]);
    app.follow(wanted('ask'));
    await app.check();
    expect(app.current().state.status).toBe('offered');
    const download = app.download();
    app.follow({ channel: 'stable', source: { status: 'off', reason: 'policy' } });
    await download;
    expect(app.current().state).toEqual({ status: 'off', reason: 'policy' });
    await app.restart();
    expect(calls).toEqual([]);
    app.follow(wanted('automatic', 'beta'));
    await app.check();
    expect(app.current()).toMatchObject({ channel: 'beta', state: { status: 'failed', reason: 'feed-answer' } });
  });

  it('say since when the feed has said nothing that can be believed', async () => {
    const app = await open();
    await app.check();
    const heard = nowMs;
    feed.offer(feed.metadata(), null);
    nowMs += dayMs / 2;
    await app.check();
    expect(app.current()).toMatchObject({ checkedAtMs: nowMs, heardAtMs: heard });
    await app.close();
    expect((await readUpdateRecord(folder))?.last?.heardAtMs).toBe(heard);
  });
});

function tooOld(change: Partial<ProfileSnapshot> = { account: 'alice@acme.example' }): Snapshot {
  const problem = sampleProblem('client-too-old', 'It takes 2.0.0.', nowMs);
  const { account: _account, person: _person, ...tried } = sampleProfile(nowMs);
  const profile = { ...tried, signIn: { status: 'signed-out', problem } as const, ...change };
  return sampleSnapshot(nowMs, { profiles: [profile] });
}

describe('who updates the app', () => {
  const linux: InstallFacts = {
    platform: 'linux',
    isPackaged: true,
    executable: '/home/alice/causeway/causeway',
    environment: {},
    exists: () => false,
    mayWriteIn: () => true,
  };
  const has = (...paths: string[]) => ({ exists: (path: string) => paths.includes(path) });
  it.each<[how: string, facts: Partial<InstallFacts>, who: string]>([
    ['a development run', { isPackaged: false }, 'development'],
    ['an AppImage', { environment: { APPIMAGE: '/home/alice/c.AppImage', APPDIR: '/tmp/.mount' } }, 'appimage'],
    [
      'an AppImage that somebody else put there',
      { environment: { APPIMAGE: '/opt/c.AppImage', APPDIR: '/tmp/.mount' }, mayWriteIn: () => false },
      'unknown-install',
    ],
    ['a name that only looks like one', { environment: { APPIMAGE: 'c.AppImage', APPDIR: '/tmp' } }, 'unknown-install'],
    ['a Debian package', has('/var/lib/dpkg/info/causeway-desktop.list'), 'apt'],
    ['an RPM', { executable: '/usr/lib/causeway-desktop/causeway', ...has('/usr/bin/rpm') }, 'rpm'],
    ['another system’s package', { executable: '/nix/store/x/causeway' }, 'store'],
    ['Flatpak', { environment: { FLATPAK_ID: 'io.causeway' } }, 'store'],
    ['an unpacked folder', {}, 'unknown-install'],
    ['NSIS', { platform: 'win32', executable: 'C:\\P\\Causeway.exe', ...has('C:\\P\\Uninstall Causeway.exe') }, 'nsis'],
    ['MSI', { platform: 'win32', executable: 'C:\\P\\Causeway.exe' }, 'msi'],
    ['macOS', { platform: 'darwin', executable: '/Applications/Causeway.app/Contents/MacOS/Causeway' }, 'mac'],
    ['a disk image', { platform: 'darwin', executable: '/Volumes/Causeway/Causeway.app/C' }, 'unknown-install'],
    ['a download', { platform: 'darwin', executable: '/private/var/AppTranslocation/1/C' }, 'unknown-install'],
  ])('with %s', (_how, facts, who) => {
    const way = installWay({ ...linux, ...facts });
    expect(way.updates === 'itself' ? way.by : way.reason).toBe(who);
  });

  it.each<[what: string, outcome: string, change?: Partial<UpdateBuild>, policy?: UpdatePolicy, by?: 'nsis']>([
    ['all there', 'ask https://updates.example/'],
    [
      'a feed of the company’s',
      'automatic https://it.example/c/',
      {},
      { mode: 'automatic', feed: 'https://it.example/c' },
    ],
    ['IT’s no', 'policy', {}, { mode: 'off' }],
    ['a build without a key', 'no-key', { keys: [] }],
    ['a build without a feed', 'no-feed', { feed: null }],
    ['a feed without TLS', 'no-feed', { feed: 'http://u.example/' }],
    ['a key that is none', 'no-feed', { keys: ['x'] }],
    ['Windows without a publisher', 'no-publisher', {}, { mode: 'ask' }, 'nsis'],
    ['Windows with one', 'ask https://updates.example/', { publishers: ['Acme'] }, { mode: 'ask' }, 'nsis'],
  ])('decides with %s: %s', (_what, outcome, change = {}, policy = { mode: 'ask' }, by) => {
    const build = { feed: 'https://updates.example/', keys: [feed.publicKey], publishers: [], ...change };
    const decided = updateSource({ updates: 'itself', by: by ?? 'appimage' }, build, policy);
    expect(decided.status === 'on' ? `${decided.mode} ${decided.feed.href}` : decided.reason).toBe(outcome);
  });

  it.each([
    [{}, { mode: 'automatic' }],
    [{ updates: 'ask' }, { mode: 'ask' }],
    [{ updates: 'off' }, { mode: 'off' }],
    [{ updates: 'whenever' }, { mode: 'off' }],
    [
      { updateFeed: 'https://it.example/', updateChannel: 'beta' },
      { mode: 'automatic', feed: 'https://it.example/', channel: 'beta' },
    ],
    [{ updateChannel: '../beta' }, { mode: 'automatic' }],
  ] as const)('is what IT wishes: %j', (wishes, policy) => expect(updatePolicy(wishes)).toEqual(policy));
});
