import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../client/network/http-client.ts';
import { checkForUpdate } from '../../../client/updates/check-for-update.ts';
import { downloadUpdate, type DownloadOptions } from '../../../client/updates/download-update.ts';
import type { FeedFile } from '../../../client/updates/feed-metadata.ts';
import { feedAddress } from '../../../client/updates/fetch-from-feed.ts';
import { judgeUpdate, rolloutPlace, type UpdateCircumstances } from '../../../client/updates/judge-update.ts';
import { signBytes } from '../../../client/updates/minisign.ts';
import { readMetadata } from '../../../client/updates/feed-metadata.ts';
import { UpdateFailure } from '../../../client/updates/update-failure.ts';
import { type FakeFeed, fileOf, serve, startFakeFeed } from '../../support/start-fake-feed.ts';

const nowMs = Date.parse('2026-06-01T12:00:00Z');
const dayMs = 86_400_000;
const appImage = 'causeway-1.1.0-linux-x64.AppImage';
const folder = mkdtempSync(join(tmpdir(), 'causeway-updates-'));
const someoneElse = generateKeyPairSync('ed25519').privateKey;
let feed: FakeFeed;
let http: HttpClient;

beforeAll(async () => {
  feed = await startFakeFeed(nowMs);
});
beforeEach(() => {
  feed.reset();
  http = createHttpClient();
});
afterEach(() => http.close());
afterAll(async () => {
  await feed.close();
  rmSync(folder, { recursive: true, force: true });
});

const circumstances: UpdateCircumstances = {
  installed: '1.0.0',
  channel: 'stable',
  platform: 'linux',
  arch: 'x64',
  systemVersion: '6.1.0',
  nowMs,
  newestSignedAtMs: null,
  installId: '0'.repeat(32),
  isRequired: false,
};

/** What came of looking: the file that is taken, why not, or why it was refused. */
async function look(change: Partial<UpdateCircumstances> = {}, url = feed.url, timeoutMs = 10_000): Promise<string> {
  try {
    const question = { http, feed: url, keys: [feed.key], timeoutMs };
    const { verdict } = await checkForUpdate(question, { ...circumstances, ...change });
    return verdict.verdict === 'take' ? `takes ${verdict.file.url}` : verdict.reason;
  } catch (error) {
    return error instanceof UpdateFailure ? `refuses: ${error.reason}` : String(error);
  }
}

describe('what the feed says', () => {
  const offer = (change: Readonly<Record<string, unknown>>) => () => feed.offer(feed.metadata(change));
  const named = (url: string) => offer({ files: [fileOf(url, Buffer.from('x'))] });
  const takes = `takes ${appImage}`;
  const lead =
    (to: string, status = 302) =>
    (_request: unknown, response: ServerResponse) =>
      void response.writeHead(status, { location: to }).end();

  it.each<[state: string, plant: () => void, outcome: string, change?: Partial<UpdateCircumstances>]>([
    ['the good one', () => undefined, takes],
    ['an older version', offer({ version: '0.9.0' }), 'older'],
    ['the same version', offer({ version: '1.0.0' }), 'same'],
    ['the same version, built again', offer({ version: '1.0.0+2' }), 'refuses: malformed'],
    ['an early version of the same', offer({ version: '1.0.0-rc.1' }), 'older'],
    ['no signature', () => feed.offer(feed.metadata(), null), 'refuses: unsigned'],
    ['an empty signature', () => feed.put('latest-linux.yml.minisig', ''), 'refuses: unsigned'],
    ['a page in the signature’s place', () => feed.put('latest-linux.yml.minisig', '<html>'), 'refuses: unsigned'],
    ['somebody else’s signature', () => feed.offer(feed.metadata(), someoneElse), 'refuses: wrong-key'],
    [
      'somebody else’s signature that names our key',
      () => {
        const ours = Buffer.from(feed.publicKey, 'base64').subarray(2, 10);
        const lines = signBytes(feed.metadata(), someoneElse, 'x').split('\n');
        const blob = Buffer.from(lines[1] ?? '', 'base64');
        ours.copy(blob, 2);
        feed.put('latest-linux.yml.minisig', [lines[0], blob.toString('base64'), ...lines.slice(2)].join('\n'));
      },
      'refuses: wrong-signature',
    ],
    [
      'one byte changed after it was signed',
      () => feed.put('latest-linux.yml', Buffer.concat([feed.metadata(), Buffer.from(' ')])),
      'refuses: wrong-signature',
    ],
    [
      'another version in the signed text',
      () => feed.put('latest-linux.yml', feed.metadata().toString().replace('1.1.0', '9.9.9')),
      'refuses: wrong-signature',
    ],
    ['an address to another place', named('https://evil.example/causeway-1.1.0.AppImage'), 'refuses: bad-file-name'],
    ['an address without a scheme', named('//evil.example/x.AppImage'), 'refuses: bad-file-name'],
    ['a way out of the folder', named('../../../bin/x.AppImage'), 'refuses: bad-file-name'],
    ['a way out of the folder, encoded', named('..%2f..%2fx.AppImage'), 'refuses: bad-file-name'],
    ['two dots in the name', named('a..AppImage'), 'refuses: bad-file-name'],
    ['a folder', named('other/x.AppImage'), 'refuses: bad-file-name'],
    ['a quoted name', named('x".AppImage'), 'refuses: bad-file-name'],
    ['a name with a quote and a command', named("x'; rm -rf ~ #.AppImage"), 'refuses: bad-file-name'],
    ['a name with a line end', named('x\n.AppImage'), 'refuses: bad-file-name'],
    ['a name with a NUL', named('x\0.AppImage'), 'refuses: bad-file-name'],
    ['a name like an option', named('-x.AppImage'), 'refuses: bad-file-name'],
    ['a hidden name', named('.x.AppImage'), 'refuses: bad-file-name'],
    ['a backslash', named('a\\b.AppImage'), 'refuses: bad-file-name'],
    ['another channel’s', offer({ channel: 'beta' }), 'refuses: wrong-channel'],
    ['another system’s', offer({ platform: 'win' }), 'refuses: wrong-product'],
    ['another program’s', offer({ product: 'causeway-relay' }), 'refuses: wrong-product'],
    ['one that has expired', offer({ expires: new Date(nowMs).toISOString() }), 'refuses: expired'],
    ['no date of expiry', offer({ expires: undefined }), 'refuses: malformed'],
    ['one from before what was there', () => undefined, 'refuses: replayed', { newestSignedAtMs: nowMs }],
    ['the same once more', () => undefined, takes, { newestSignedAtMs: nowMs - dayMs }],
    ['a rollout at 0 %', offer({ stagingPercentage: 0 }), 'not-yet'],
    ['a rollout at 100 %', offer({ stagingPercentage: 100 }), takes],
    ['a rollout at 0 %, where a relay demands it', offer({ stagingPercentage: 0 }), 'not-yet', { isRequired: true }],
    ['a rollout that has begun', offer({ stagingPercentage: 0.001 }), 'not-yet'],
    ['one that has, where a relay demands it', offer({ stagingPercentage: 0.001 }), takes, { isRequired: true }],
    ['a rollout of a thousand per cent', offer({ stagingPercentage: 1_000 }), 'refuses: malformed'],
    ['an older version, where a relay demands one', offer({ version: '0.9.0' }), 'older', { isRequired: true }],
    ['one for a newer system', offer({ minimumSystemVersion: '7.0' }), 'system-too-old'],
    ['none for this processor', () => undefined, 'refuses: no-file', { arch: 'arm64' }],
    ['a package instead of an AppImage', named('causeway-1.1.0.deb'), 'refuses: no-file'],
    ['a version that is none', offer({ version: 'latest' }), 'refuses: malformed'],
    [
      'a hash that is none',
      offer({ files: [{ ...fileOf(appImage, Buffer.of()), size: 1, sha512: 'x' }] }),
      'refuses: malformed',
    ],
    [
      'a size beyond measure',
      offer({ files: [{ ...fileOf(appImage, Buffer.of()), size: 2 ** 40 }] }),
      'refuses: malformed',
    ],
    ['no YAML', () => feed.offer(Buffer.from('{{{')), 'refuses: malformed'],
    ['bytes that are no text', () => feed.offer(Buffer.from([0xff, 0xfe, 0x00])), 'refuses: malformed'],
    [
      'names that stand for each other without end',
      () => feed.offer(Buffer.from('a: &a [*a]\nb: &b [*a,*a]\n')),
      'refuses: malformed',
    ],
    [
      'metadata without end',
      () => feed.put('latest-linux.yml', Buffer.alloc(10_000_000, 'x')),
      'refuses: feed-too-large',
    ],
    [
      'metadata that is small only while packed',
      () =>
        feed.put('latest-linux.yml', (_request, response) => {
          response.writeHead(200, { 'content-encoding': 'gzip' });
          response.end(gzipSync(Buffer.alloc(10_000_000)));
        }),
      'refuses: feed-too-large',
    ],
    [
      'a signature without end',
      () => feed.put('latest-linux.yml.minisig', 'x'.repeat(100_000)),
      'refuses: feed-too-large',
    ],
    [
      'a way to http',
      () => feed.put('latest-linux.yml', lead('http://updates.example/latest-linux.yml')),
      'refuses: redirect-to-http',
    ],
    [
      'a way to http, for good',
      () => feed.put('latest-linux.yml', lead('http://updates.example/', 308)),
      'refuses: redirect-to-http',
    ],
    [
      'a way to a file of this computer',
      () => feed.put('latest-linux.yml', lead('file:///etc/passwd')),
      'refuses: redirect-to-http',
    ],
    ['a way to itself', () => feed.put('latest-linux.yml', lead('/latest-linux.yml')), 'refuses: feed-answer'],
    [
      'a way that goes on',
      () => {
        feed.put('moved.yml', feed.metadata());
        feed.put('latest-linux.yml', lead('/moved.yml'));
      },
      takes,
    ],
    [
      'nothing',
      () => feed.put('latest-linux.yml', (_request, response) => void response.writeHead(404).end()),
      'refuses: feed-answer',
    ],
    [
      'a fault of its own',
      () => feed.put('latest-linux.yml', (_request, response) => void response.writeHead(500).end()),
      'refuses: feed-answer',
    ],
    [
      'a connection that ends',
      () => feed.put('latest-linux.yml', (request) => void request.socket.destroy()),
      'refuses: feed-unreachable',
    ],
  ])('%s', async (_state, plant, outcome, change) => {
    plant();
    expect(await look(change)).toBe(outcome);
    expect(feed.asked.filter((name) => name.endsWith('.AppImage'))).toEqual([]);
  });

  it('gives up on a feed that says nothing, and on one that never ends', async () => {
    feed.put('latest-linux.yml', () => undefined);
    expect(await look({}, feed.url, 50)).toBe('refuses: feed-stalled');
    feed.put('latest-linux.yml', (_request, response) => void response.writeHead(200).write('x'));
    expect(await look({}, feed.url, 50)).toBe('refuses: feed-stalled');
  });

  it('says that a feed is down', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    expect(await look({}, new URL(`http://127.0.0.1:${port}/`))).toBe('refuses: feed-unreachable');
  });

  it.each([
    ['https://updates.acme.example/causeway', 'https://updates.acme.example/causeway/'],
    ['https://updates.acme.example/causeway/?x=1#y', 'https://updates.acme.example/causeway/'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://updates.acme.example/', null],
    ['http://127.0.0.1.evil.example/', null],
    ['https://user:word@updates.acme.example/', null],
    ['file:///srv/feed/', null],
    ['ftp://updates.acme.example/', null],
    ['updates', null],
  ])('takes or refuses the address %s', (text, address) => {
    if (address === null)
      expect(() => feedAddress(text)).toThrow(expect.objectContaining({ reason: 'feed-not-https' }));
    else expect(feedAddress(text).href).toBe(address);
  });
});

describe('a rollout', () => {
  it('reaches a computer at the same share each time, and each version in another order', () => {
    const ids = Array.from({ length: 200 }, (_, index) => index.toString(16).padStart(32, '0'));
    const taken = (percentage: number, version = '1.1.0') => {
      const metadata = readMetadata(feed.metadata({ stagingPercentage: percentage, version }));
      return ids.filter((installId) => judgeUpdate(metadata, { ...circumstances, installId }).verdict === 'take');
    };
    const [some, more] = [taken(20), taken(60)];
    expect(some.length).toBeGreaterThan(10);
    expect(more.length).toBeLessThan(190);
    expect(more).toEqual(expect.arrayContaining(some));
    expect(taken(20)).toEqual(some);
    expect(taken(20, '1.2.0')).not.toEqual(some);
    expect(rolloutPlace('a', '1')).toBe(rolloutPlace('a', '1'));
  });
});

describe('a download', () => {
  const into = join(folder, 'files');
  const signed = (): FeedFile => fileOf(appImage, feed.installer) as FeedFile;
  const fetchIt = async (change: Partial<DownloadOptions> = {}): Promise<string> => {
    try {
      return await downloadUpdate({ http, feed: feed.url, file: signed(), folder: into, ...change });
    } catch (error) {
      return error instanceof UpdateFailure ? `refuses: ${error.reason}` : String(error);
    }
  };
  beforeEach(() => rmSync(into, { recursive: true, force: true }));

  it('is the file that was signed, and isn’t asked for twice', async () => {
    const seen: number[] = [];
    expect(await fetchIt({ onProgress: (bytes) => seen.push(bytes) })).toBe(join(into, appImage));
    expect(readFileSync(join(into, appImage)).equals(feed.installer)).toBe(true);
    expect(seen.at(-1)).toBe(feed.installer.length);
    expect(await fetchIt()).toBe(join(into, appImage));
    expect(feed.asked).toEqual([appImage]);
  });

  it('goes on where it broke off', async () => {
    let breakOff = (): void => undefined;
    feed.put(appImage, (request, response) => {
      if (request.headers.range !== undefined) return serve(request.headers.range, response, feed.installer);
      breakOff = () => void request.socket.destroy();
      response.writeHead(200, { 'content-length': feed.installer.length });
      return void response.write(feed.installer.subarray(0, 100_000));
    });
    expect(await fetchIt({ onProgress: (bytes) => bytes < feed.installer.length && breakOff() })).toBe(
      join(into, appImage),
    );
    expect(feed.asked[1]).toMatch(/ bytes=[1-9]\d*-$/);
  });

  it('gives up after some tries that each break off, and keeps the part', async () => {
    feed.put(appImage, (request, response) => {
      response.writeHead(200, { 'content-length': feed.installer.length });
      response.write(feed.installer.subarray(0, 100_000), () => request.socket.destroySoon());
    });
    expect(await fetchIt({ retryMs: 1 })).toBe('refuses: download-broken');
    expect(feed.asked.length).toBe(5);
    expect(readdirSync(into)).toEqual([expect.stringMatching(/\.part$/)]);
  });

  it('goes on in a later run, and begins anew where the feed can’t or has something else', async () => {
    const part = join(into, `${Buffer.from(signed().sha512, 'base64').toString('hex').slice(0, 32)}.part`);
    const left = async (bytes: Buffer): Promise<void> => {
      rmSync(into, { recursive: true, force: true });
      feed.reset();
      await fetchIt();
      rmSync(join(into, appImage));
      writeFileSync(part, bytes);
      feed.reset();
    };
    await left(feed.installer.subarray(0, 5_000));
    expect(await fetchIt()).toBe(join(into, appImage));
    expect(feed.asked).toEqual([`${appImage} bytes=5000-`]);
    await left(Buffer.alloc(5_000, 'poison'));
    expect(await fetchIt()).toBe(join(into, appImage));
    await left(Buffer.alloc(feed.installer.length, 'poison'));
    expect(await fetchIt()).toBe(join(into, appImage));
    await left(Buffer.alloc(feed.installer.length + 5, 'poison'));
    expect(await fetchIt()).toBe(join(into, appImage));
    await left(feed.installer.subarray(0, 5_000));
    feed.put(appImage, (_request, response) => serve(undefined, response, feed.installer));
    expect(await fetchIt()).toBe(join(into, appImage));
    await left(feed.installer.subarray(0, 5_000));
    feed.put(appImage, (request, response) => {
      if (request.headers.range === undefined) return serve(undefined, response, feed.installer);
      return void response.writeHead(206, { 'content-range': 'bytes 0-1/2' }).end('xx');
    });
    expect(await fetchIt()).toBe(join(into, appImage));
  });

  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  it.each<[what: string, plant: () => void, outcome: string, change?: Partial<DownloadOptions>]>([
    ['other bytes of the same size', () => feed.put(appImage, Buffer.alloc(400_000, 'evil')), 'refuses: wrong-hash'],
    ['more than was signed', () => feed.put(appImage, Buffer.alloc(4_000_000)), 'refuses: wrong-size'],
    ['less than was signed', () => feed.put(appImage, Buffer.alloc(10)), 'refuses: wrong-size'],
    [
      'a way to http',
      () =>
        feed.put(
          appImage,
          (_request, response) => void response.writeHead(302, { location: 'http://cdn.example/x' }).end(),
        ),
      'refuses: redirect-to-http',
    ],
    [
      'nothing',
      () => feed.put(appImage, (_request, response) => void response.writeHead(404).end()),
      'refuses: feed-answer',
    ],
    [
      'silence',
      () => feed.put(appImage, (_request, response) => response.writeHead(200).flushHeaders()),
      'refuses: feed-stalled',
      { stallMs: 50 },
    ],
    [
      'an end again and again',
      () => feed.put(appImage, (request) => void request.socket.destroy()),
      'refuses: feed-unreachable',
    ],
    ['a disk without room', () => undefined, 'refuses: disk-full', { freeBytes: async () => 1_000 }],
    [
      'a disk that gets full',
      () => undefined,
      'refuses: disk-full',
      {
        openFile: async (...args) => Object.assign(await open(...args), { writeFile: () => Promise.reject(full) }),
      },
    ],
    ['a folder that can’t be made', () => writeFileSync(into, ''), 'refuses: not-written'],
  ])('is refused with %s, and nothing is left that could run', async (_what, plant, outcome, change) => {
    plant();
    expect(await fetchIt(change)).toBe(outcome);
    const left = outcome === 'refuses: not-written' ? [] : readdirSync(into);
    expect(left.filter((name) => !name.endsWith('.part'))).toEqual([]);
    rmSync(into, { recursive: true, force: true });
  });

  it('deletes what else lies in its folder, such as an update that was never installed', async () => {
    await fetchIt();
    writeFileSync(join(into, 'causeway-1.0.5-linux-x64.AppImage'), 'left over');
    await fetchIt();
    expect(readdirSync(into)).toEqual([appImage]);
  });
});
