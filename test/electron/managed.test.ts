import { expect, test } from 'vitest';
import { followLogLevel, log } from '../../electron/log.ts';
import { grantWarningMs } from '../../electron/notices-due.ts';
import { signOutOnLock } from '../../electron/sign-out-on-lock.ts';
import { updateWishes, type UpdateWishes } from '../../electron/update-policy.ts';
import { browserCommand, startBrowser } from '../../electron/start-browser.ts';
import { signInEndOf } from '../../client/tokens/sign-in-end.ts';
import { nothingManaged } from '../../shared/managed/managed-state.ts';
import { policyOf } from '../client/managed/support/settable-policy.ts';
import { sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';

test.each<[NodeJS.Platform, string, readonly string[]]>([
  ['linux', '/usr/bin/firefox', ['/usr/bin/firefox', 'https://id.example']],
  ['win32', 'C:\\Program Files\\Browser\\b.exe', ['C:\\Program Files\\Browser\\b.exe', 'https://id.example']],
  ['darwin', 'Firefox', ['/usr/bin/open', '-a', 'Firefox', 'https://id.example']],
  ['darwin', '/Applications/Firefox.app', ['/usr/bin/open', '-a', '/Applications/Firefox.app', 'https://id.example']],
  ['darwin', '/usr/local/bin/browse', ['/usr/local/bin/browse', 'https://id.example']],
])('on %s the browser %s is started with the page', (platform, browser, expected) => {
  expect(browserCommand(browser, 'https://id.example', platform)).toEqual(expected);
});

test.each<[NodeJS.Platform, string]>([
  ['linux', 'firefox'],
  ['linux', 'bin/firefox'],
  ['linux', String.raw`C:\Browser\b.exe`],
  ['win32', 'firefox'],
  ['win32', 'C:b.exe'],
  ['win32', String.raw`\b.exe`],
  ['win32', '/usr/bin/firefox'],
  ['darwin', 'bin/Firefox'],
])('on %s nothing is looked for to start as %s', (platform, browser) => {
  expect(() => browserCommand(browser, 'https://id.example', platform)).toThrow(browser);
});

test.each([
  ['./firefox', false],
  ['bin/firefox', false],
  [String.raw`Browser\b.exe`, false],
  ['../firefox', false],
  ['Firefox', true],
  ['Google Chrome', true],
  ['/usr/bin/firefox', true],
  [String.raw`C:\Browser\b.exe`, true],
])('%s as a browser is taken from IT: %s', (browser, taken) => {
  expect(policyOf({ externalBrowser: browser }).values.externalBrowser !== undefined).toBe(taken);
});

test('a browser that isn’t there is a failure that names it', async () => {
  await expect(startBrowser('/nowhere/browser', 'https://id.example')).rejects.toMatchObject({
    code: 'bad-config',
    message: expect.stringContaining('/nowhere/browser'),
  });
});

test('the log follows the level that IT has set, and the environment’s again', () => {
  const before = log.level;
  followLogLevel(policyOf({ logLevel: 'debug' }));
  expect(log.level).toBe('debug');
  followLogLevel(policyOf({ logLevel: 'loud' }));
  expect(log.level).toBe(before);
});

test('a locked screen signs everybody out only where IT wants that', async () => {
  const ended: string[] = [];
  const core = {
    snapshot: () => sampleSnapshot(0),
    signOut: async (id: string) => void ended.push(id),
  };
  await signOutOnLock(core, nothingManaged);
  expect(ended).toEqual([]);
  await signOutOnLock(core, policyOf({ signOutOnLock: true }));
  expect(ended).toEqual(core.snapshot().profiles.map(({ id }) => id));
});

test.each<[string, Record<string, unknown>, UpdateWishes]>([
  [
    'the policy',
    { updates: 'ask', updateFeed: 'https://u.example/', updateChannel: 'pilot' },
    { updates: 'ask', updateFeed: 'https://u.example/', updateChannel: 'pilot' },
  ],
  [
    'the environment where it is silent',
    { updateChannel: 'pilot' },
    { updates: 'automatic', updateFeed: 'https://e.example/', updateChannel: 'pilot' },
  ],
  [
    'off for a word that isn’t known',
    { updates: 'sometimes' },
    { updates: 'off', updateFeed: 'https://e.example/', updateChannel: undefined },
  ],
  [
    'the environment for a feed without https',
    { updateFeed: 'http://u.example/' },
    { updates: 'automatic', updateFeed: 'https://e.example/', updateChannel: undefined },
  ],
])('updates follow %s', (_what, entries, wishes) => {
  const environment = { CAUSEWAY_UPDATES: 'automatic', CAUSEWAY_UPDATE_FEED: 'https://e.example/' };
  expect(updateWishes(environment, policyOf(entries))).toEqual(wishes);
});

test('notices come when IT says: before a sign-in ends, and before a grant does, at most half of its time', () => {
  const issuer = { signIn: { lastsSeconds: 36_000 } } as Parameters<typeof signInEndOf>[0]['issuer'];
  const tokens = { issuer, signedInAtMs: 0, refreshEnd: undefined } as Parameters<typeof signInEndOf>[0];
  expect(signInEndOf(tokens, 90)).toEqual({ atMs: 36_000_000, warnAtMs: 36_000_000 - 90 * 60_000 });
  expect(grantWarningMs(8, 60)).toBe(60 * 60_000);
  expect(grantWarningMs(1, 60)).toBe(30 * 60_000);
  expect(grantWarningMs(8)).toBe(30 * 60_000);
});
