import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { writeChecksums } from '../../build/packages/checksums.ts';
import { signFeed } from '../../build/release/sign-feed.ts';
import { verifyRelease } from '../../build/release/verify-release.ts';
import { verifyFeed } from '../../build/release/verify-feed.ts';
import { updatesOfBuild } from '../../build/updates-of-build.ts';
import { readMetadata } from '../../client/updates/feed-metadata.ts';
import { checkSignature, publicKeyText, readFeedKey, signBytes } from '../../client/updates/minisign.ts';
import { version } from '../../shared/version.ts';
import { findProgram } from '../support/install-programs.ts';

const minisign = findProgram('minisign');
const project = fileURLToPath(new URL('../..', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'causeway-feed-'));
const nowMs = Date.parse('2026-06-01T12:00:00Z');
const { privateKey } = generateKeyPairSync('ed25519');
const keys = [readFeedKey(publicKeyText(privateKey))];
const release = {
  version: '1.1.0',
  channel: 'stable',
  stagingPercentage: 25,
  notes: { en: 'Faster: “quotes” & <tags>\n- a list', de: 'Schneller' },
  validDays: 60,
  nowMs,
} as const;
const installers = [
  'causeway-1.1.0-win-x64.exe',
  'causeway-1.1.0-win-arm64.exe',
  'causeway-1.1.0-mac-universal.zip',
  'causeway-1.1.0-linux-x86_64.AppImage',
  'causeway-1.1.0-linux-arm64.AppImage',
];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(root, 'release-'));
  const others = ['linux-x64', 'win-arm64', 'mac-arm64'].map((system) => `causeway-cli-1.1.0-${system}.zip`);
  for (const name of [...installers, 'causeway-desktop_1.1.0_amd64.deb', ...others])
    writeFileSync(join(folder, name), `stands in for ${name}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a build knows the feed, its keys and the publisher, and isn’t made with ones that can’t be used', () => {
  const key = publicKeyText(privateKey);
  const built = (change: Record<string, string>) =>
    updatesOfBuild({
      CAUSEWAY_UPDATE_URL: 'https://updates.example/',
      CAUSEWAY_UPDATE_KEYS: `${key},${key}`,
      ...change,
    });
  expect(built({ CAUSEWAY_WINDOWS_PUBLISHER: 'Acme, Inc.' })).toEqual({
    feed: 'https://updates.example/',
    keys: `${key},${key}`,
    publishers: 'Acme, Inc.',
  });
  expect(updatesOfBuild({})).toEqual({ feed: '', keys: '', publishers: '' });
  expect(() => built({ CAUSEWAY_UPDATE_URL: 'http://updates.example/' })).toThrow(/isn’t one with https/);
  expect(() => built({ CAUSEWAY_UPDATE_KEYS: key.slice(2) })).toThrow(/no public key/);
});

describe('the feed of a release', () => {
  it('has signed metadata for each system that updates itself, and is what the app reads', async () => {
    expect(await signFeed(folder, release, privateKey)).toEqual(
      ['latest-linux.yml', 'latest-mac.yml', 'latest.yml'].flatMap((name) => [name, `${name}.minisig`]),
    );
    expect(await verifyFeed(folder, { keys, version: '1.1.0', nowMs })).toEqual([]);
    const metadata = readMetadata(readFileSync(join(folder, 'latest-linux.yml')));
    expect(metadata).toMatchObject({ version: '1.1.0', channel: 'stable', stagingPercentage: 25 });
    expect(metadata.releaseNotes).toEqual(release.notes);
    expect(metadata.files.map(({ url, arch }) => [url, arch])).toEqual([
      ['causeway-1.1.0-linux-arm64.AppImage', 'arm64'],
      ['causeway-1.1.0-linux-x86_64.AppImage', 'x64'],
    ]);
  });

  it('refuses to sign what the app would refuse, or what isn’t there', async () => {
    await expect(signFeed(folder, { ...release, version: '1.2.0' }, privateKey)).rejects.toThrow(/isn’t of version/);
    await expect(signFeed(folder, { ...release, channel: '../x' }, privateKey)).rejects.toThrow(/no name of a channel/);
    await expect(signFeed(folder, { ...release, stagingPercentage: 101 }, privateKey)).rejects.toThrow(/staging/);
    await expect(
      signFeed(folder, release, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ).rejects.toThrow(/Ed25519/);
    const empty = mkdtempSync(join(root, 'empty-'));
    await expect(signFeed(empty, release, privateKey)).rejects.toThrow(/holds no installer/);
    expect(readdirSync(folder).filter((name) => /\.(?:yml|minisig)$/.test(name))).toEqual([]);
  });

  const edit = (name: string, change: (text: string) => string) => () =>
    writeFileSync(join(folder, name), change(readFileSync(join(folder, name), 'utf8')));
  it.each<[fault: string, plant: () => void, found: string, change?: { version?: string; nowMs?: number }]>([
    ['no signature', () => rmSync(join(folder, 'latest.yml.minisig')), 'latest.yml: unsigned'],
    ['a signature of nothing', () => rmSync(join(folder, 'latest.yml')), 'latest.yml.minisig signs nothing'],
    ['a changed word', edit('latest.yml', (text) => text.replace('Faster', 'Slower')), 'latest.yml: wrong-signature'],
    [
      'a changed comment',
      edit('latest.yml.minisig', (text) => text.replace('file:latest.yml', 'file:evil.yml')),
      'latest.yml: wrong-signature',
    ],
    [
      'somebody else’s signature',
      () =>
        writeFileSync(
          join(folder, 'latest.yml.minisig'),
          signBytes(readFileSync(join(folder, 'latest.yml')), generateKeyPairSync('ed25519').privateKey, 'x'),
        ),
      'latest.yml: wrong-key',
    ],
    ['another file', edit(installers[0] ?? '', (text) => text.replace('in', 'on')), 'isn’t the file whose hash was'],
    ['a longer file', edit(installers[0] ?? '', (text) => `${text}!`), 'bytes, not'],
    ['a file that is missing', () => rmSync(join(folder, installers[2] ?? '')), `${installers[2]} is missing`],
    [
      'a file that nobody lists',
      () => writeFileSync(join(folder, 'causeway-1.1.0-win-ia32.exe'), ''),
      'causeway-1.1.0-win-ia32.exe is in no metadata',
    ],
    ['another version', () => undefined, 'It offers version 1.1.0, not 1.2.0', { version: '1.2.0' }],
    ['a date that has passed', () => undefined, 'It was good until', { nowMs: nowMs + 61 * 86_400_000 }],
    [
      'metadata under another name',
      () => {
        for (const end of ['', '.minisig'])
          writeFileSync(join(folder, `beta.yml${end}`), readFileSync(join(folder, `latest.yml${end}`)));
      },
      'beta.yml: It is of the channel stable for win, which has another name',
    ],
  ])('is found out with %s', async (_fault, plant, found, change = {}) => {
    await signFeed(folder, release, privateKey);
    plant();
    expect((await verifyFeed(folder, { keys, version: '1.1.0', nowMs, ...change })).join('\n')).toContain(found);
  });

  it('is looked at with the rest of a release', async () => {
    const out = mkdtempSync(join(root, 'whole-'));
    const setup = join(out, `causeway-${version}-win-x64-unsigned.exe`);
    writeFileSync(setup, 'an installer');
    await writeChecksums(out, [setup]);
    await signFeed(out, { ...release, version, nowMs: Date.now() }, privateKey);
    // There is no app in this installer, which is found out, too.
    const problems = async (feedKeys?: string) =>
      (await verifyRelease(out, version, { feedKeys })).problems.filter((problem) => !/No app was found/.test(problem));
    expect(await problems(publicKeyText(privateKey))).toEqual([]);
    expect(await problems()).toEqual([expect.stringContaining('latest.yml: wrong-key')]);
    writeFileSync(setup, 'AN installer');
    expect((await problems(publicKeyText(privateKey))).join()).toContain('isn’t the file whose hash was signed');
  });

  it(
    'is signed by the command, with the key from the environment, and with the tool that IT has',
    { timeout: 60_000 },
    () => {
      const out = mkdtempSync(join(root, 'command-'));
      writeFileSync(join(out, `causeway-${version}-linux-x64.AppImage`), 'an installer');
      writeFileSync(join(out, 'notes'), 'What is new\n');
      const run = (...words: string[]) =>
        spawnSync(process.execPath, [join(project, 'build/release/sign-feed-main.ts'), ...words], {
          encoding: 'utf8',
          env: { ...process.env, CAUSEWAY_FEED_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
        });
      const signed = run(out, '--notes', join(out, 'notes'), '--channel', 'beta', '--rollout', '10');
      expect([signed.status, signed.stderr]).toEqual([0, '']);
      expect(signed.stdout.trim().split('\n')).toEqual(['beta-linux.yml', 'beta-linux.yml.minisig']);
      const key = run('--public-key').stdout.trim();
      expect(key).toBe(publicKeyText(privateKey));
      expect(run(out).status).toBe(2);
      expect(run(out, '--notes', join(out, 'notes'), '--rollout', 'all').status).toBe(2);
      const tool =
        minisign === null
          ? null
          : spawnSync(minisign, ['-Vm', join(out, 'beta-linux.yml'), '-P', key], { encoding: 'utf8' });
      if (tool !== null) expect([tool.status, tool.stdout]).toEqual([0, expect.stringMatching(/verified/)]);
      const bytes = readFileSync(join(out, 'beta-linux.yml'));
      expect(() =>
        checkSignature(bytes, readFileSync(join(out, 'beta-linux.yml.minisig'), 'utf8'), keys),
      ).not.toThrow();
    },
  );

  it.skipIf(minisign === null)('takes the signatures that the tool itself makes', () => {
    const place = join(root, 'tool');
    mkdirSync(place);
    spawnSync(minisign ?? '', ['-GWp', join(place, 'k.pub'), '-s', join(place, 'k')]);
    writeFileSync(join(place, 'x.yml'), 'bytes');
    spawnSync(minisign ?? '', ['-Sm', join(place, 'x.yml'), '-s', join(place, 'k'), '-t', 'a comment']);
    const key = readFeedKey(readFileSync(join(place, 'k.pub'), 'utf8').split('\n')[1] ?? '');
    const signature = readFileSync(join(place, 'x.yml.minisig'), 'utf8');
    expect(() => checkSignature(Buffer.from('bytes'), signature, [key])).not.toThrow();
    expect(() => checkSignature(Buffer.from('Bytes'), signature, [key])).toThrow(
      expect.objectContaining({ reason: 'wrong-signature' }),
    );
  });
});
