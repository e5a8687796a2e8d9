import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHttpClient, type HttpClient } from '../../client/network/http-client.ts';
import { openUpdates } from '../../electron/updates.ts';
import type { AppUpdate } from '../../shared/app-update.ts';
import type { FakeBridgeControls } from '../support/renderer-preview/fake-bridge.ts';
import { sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';
import { type FakeFeed, fileOf, serve, startFakeFeed } from '../support/start-fake-feed.ts';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const nowMs = Date.now();
const appImage = 'causeway-1.1.0-linux-x64.AppImage';
const root = mkdtempSync(join(tmpdir(), 'causeway-window-updates-'));
let shown: StartedWindow;
let page: Page;
let feed: FakeFeed;
let http: HttpClient;

beforeAll(async () => {
  [shown, feed] = await Promise.all([startPreviewWindow(), startFakeFeed(nowMs)]);
  ({ page } = shown);
  await shown.showNamed('update-off');
  http = createHttpClient();
});
afterAll(async () => {
  await Promise.all([shown.close(), feed.close(), http.close()]);
  rmSync(root, { recursive: true, force: true });
});

type Bridge = Window & { readonly fakeBridge: FakeBridgeControls };

function push(appUpdate: AppUpdate): Promise<void> {
  return shown.push(sampleSnapshot(nowMs, { appUpdate }));
}

/** What the app makes of the feed as it is now, by its own code. */
async function lookedAt(): Promise<AppUpdate> {
  const updates = await openUpdates({
    installed: '1.0.0',
    platform: 'linux',
    arch: 'x64',
    systemVersion: '6.1.0',
    wanted: { channel: 'stable', source: { status: 'on', feed: feed.url, keys: [feed.key], mode: 'automatic' } },
    folder: mkdtempSync(join(root, 'app-')),
    http,
    installer: {
      prepare: () => Promise.resolve(),
      restart: () => Promise.reject(new Error('Nothing is to be run.')),
      installOnQuit: () => expect.fail('Nothing is to be run.'),
    },
    now: () => nowMs,
    random: () => 0,
    isUnwatched: () => true,
    onChange: () => undefined,
    onProblem: () => undefined,
  });
  await updates.check();
  await updates.close();
  return updates.current();
}

const lead = (_request: unknown, response: ServerResponse) =>
  void response.writeHead(302, { location: 'http://updates.example/' }).end();

test.each<[state: string, plant: () => void, words: string]>([
  ['the good one', () => undefined, '1.1.0 is ready.'],
  ['an older one', () => feed.offer(feed.metadata({ version: '0.9.0' })), 'This version is newer than 0.9.0'],
  ['an unsigned one', () => feed.offer(feed.metadata(), null), 'it isn’t signed'],
  [
    'one by another key',
    () => feed.offer(feed.metadata(), generateKeyPairSync('ed25519').privateKey),
    'signed by somebody whom this app doesn’t trust',
  ],
  ['another file', () => feed.put(appImage, Buffer.alloc(400_000)), 'the file isn’t the one that was signed'],
  [
    'a quoted name',
    () => feed.offer(feed.metadata({ files: [fileOf('"x".AppImage', feed.installer)] })),
    'names a file that isn’t beside it',
  ],
  [
    'half a download, which goes on',
    () =>
      feed.put(appImage, (request, response) => {
        if (request.headers.range !== undefined) return serve(request.headers.range, response, feed.installer);
        // Complete as far as HTTP says, and half of what was signed.
        return void response.writeHead(200).end(feed.installer.subarray(0, 100_000));
      }),
    '1.1.0 is ready.',
  ],
  [
    'a feed that is down',
    () => feed.put('latest-linux.yml', ({ socket }) => void socket.destroy()),
    'can’t be reached',
  ],
  ['a way to http', () => feed.put('latest-linux.yml', lead), 'leads to an unsafe address'],
  ['another channel’s', () => feed.offer(feed.metadata({ channel: 'beta' })), 'of another channel'],
  ['a rollout at 0 %', () => feed.offer(feed.metadata({ stagingPercentage: 0 })), 'comes to this one later'],
  ['a rollout at 100 %', () => feed.offer(feed.metadata({ stagingPercentage: 100 })), '1.1.0 is ready.'],
])('the window says what became of %s', async (_state, plant, words) => {
  feed.reset();
  plant();
  const update = await lookedAt();
  await push(update);
  await page.getByText(words).first().waitFor();
  const restart = page.getByRole('button', { name: 'Restart and update' });
  await expect.poll(() => restart.count()).toBe(words.includes('ready') ? 2 : 0);
});

test('the window’s buttons ask the app for what they say', async () => {
  feed.reset();
  const ready = await lookedAt();
  await push(ready);
  await page.getByText('What’s new in 1.1.0').waitFor();
  const settings = page.getByRole('main');
  await settings.getByRole('button', { name: 'Later' }).click();
  await settings.getByRole('button', { name: 'Restart and update' }).click();
  await push({ ...ready, state: { status: 'current', passedOver: null } });
  await settings.getByRole('button', { name: 'Look for updates' }).click();
  const asked = () =>
    page.evaluate(() =>
      (window as unknown as Bridge).fakeBridge.calls.flatMap(({ channel }) =>
        channel.startsWith('update:') ? [channel] : [],
      ),
    );
  await expect.poll(asked).toEqual(['update:later', 'update:restart', 'update:check']);
});
