import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeChecksums } from '../../../build/packages/checksums.ts';
import { writeStoreManifests } from '../../../build/release/store-manifests.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-stores-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const options = { version: '1.2.3', address: 'https://dl.acme.example/v1.2.3', publisher: 'Acme, "Inc."' };
const [exe, dmg] = ['causeway-1.2.3-win-x64.exe', 'causeway-1.2.3-mac-universal.dmg'];

let release: string;
async function releaseOf(...names: readonly string[]): Promise<void> {
  release = mkdtempSync(join(folder, 'release-'));
  for (const name of names) writeFileSync(join(release, name), name);
  await writeChecksums(
    release,
    names.map((name) => join(release, name)),
  );
}
beforeEach(() => releaseOf(exe, 'causeway-1.2.3-win-arm64.exe', dmg));

it.each([
  ['an unsigned installer', [exe.replace('.exe', '-unsigned.exe'), dmg], options, /what a store offers is signed/],
  ['no disk image', [exe], options, /no disk image for macOS/],
  ['an address without TLS', [exe, dmg], { ...options, address: 'http://dl.acme.example' }, /no https address/],
  ['an address that ends in a slash', [exe, dmg], { ...options, address: 'https://acme.example/' }, /no https/],
] as const)('%s gives no manifest', async (_what, names, given, refusal) => {
  await releaseOf(...names);
  await expect(writeStoreManifests(release, join(folder, 'none'), given)).rejects.toThrow(refusal);
});

it('winget gets each installer for one person and for all users, as its schema wants it', async () => {
  const out = join(folder, 'out');
  const files = await writeStoreManifests(release, out, options);
  const winget = files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(file, 'utf8')) as object);
  for (const manifest of winget)
    expect(manifest).toMatchObject({
      PackageIdentifier: expect.stringMatching(/^[^.\s\\/:*?"<>|]{1,32}(?:\.[^.\s\\/:*?"<>|]{1,32}){1,7}$/),
      PackageVersion: '1.2.3',
      ManifestVersion: '1.10.0',
    });
  expect(winget).toContainEqual(expect.objectContaining({ Publisher: 'Acme, "Inc."', ManifestType: 'defaultLocale' }));
  expect(winget).toContainEqual(expect.objectContaining({ DefaultLocale: 'en-US', ManifestType: 'version' }));
  const { Installers } = winget.find((each) => 'Installers' in each) as {
    Installers: readonly Record<string, unknown>[];
  };
  expect(Installers.map(({ Architecture, Scope }) => `${String(Architecture)} ${String(Scope)}`)).toEqual([
    'x64 user',
    'x64 machine',
    'arm64 user',
    'arm64 machine',
  ]);
  for (const installer of Installers)
    expect(installer).toMatchObject({
      InstallerUrl: expect.stringMatching(/^https:\/\/dl\.acme\.example\/v1\.2\.3\/causeway-1\.2\.3-win-\w+\.exe$/),
      InstallerSha256: expect.stringMatching(/^[A-F0-9]{64}$/),
    });
});

it('Homebrew gets the disk image by version and sum', async () => {
  const out = join(folder, 'out');
  await writeStoreManifests(release, out, options);
  const cask = readFileSync(join(out, 'homebrew/Casks/causeway.rb'), 'utf8');
  expect(cask).toContain('url "https://dl.acme.example/v#{version}/causeway-#{version}-mac-universal.dmg"');
  expect(cask).toMatch(/^  sha256 "[a-f0-9]{64}"$/m);
  expect(cask).toContain('  binary "#{appdir}/Causeway.app/Contents/Resources/cli/bin/causeway"\n');
  expect(cask).not.toContain('depends_on');
});

it('Homebrew gets the command line, where the release has it for Macs', async () => {
  const out = join(folder, 'with-cli');
  const none = await writeStoreManifests(release, out, options);
  expect(none.filter((file) => file.includes('Formula'))).toEqual([]);
  await releaseOf(exe, dmg, 'causeway-cli-1.2.3-mac-arm64.zip', 'causeway-cli-1.2.3-linux-x64.zip');
  await writeStoreManifests(release, out, options);
  const formula = readFileSync(join(out, 'homebrew/Formula/causeway-cli.rb'), 'utf8');
  expect(formula).toContain('url "https://dl.acme.example/v#{version}/causeway-cli-#{version}-mac-arm64.zip"');
  expect(formula).toMatch(/^  sha256 "[a-f0-9]{64}"$/m);
  expect(formula).toContain('bin.install_symlink libexec/"bin/causeway"');
});

it('Homebrew gets the command line, and the app brings it along where there is one', async () => {
  const out = join(folder, 'out');
  await releaseOf(exe, dmg, 'causeway-cli-1.2.3-mac-arm64.zip');
  await writeStoreManifests(release, out, options);
  const cask = readFileSync(join(out, 'homebrew/Casks/causeway.rb'), 'utf8');
  expect(cask).not.toContain('causeway-cli');
  expect(readFileSync(join(out, 'homebrew/Formula/causeway-cli.rb'), 'utf8')).toContain('class CausewayCli < Formula');
});
