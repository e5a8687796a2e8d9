import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../build/build-app.ts';
import { makeDirectory } from '../../build/desktop/make-directory.ts';
import { makeDesktopDeb } from '../../build/desktop/make-packages.ts';
import { writeNotices } from '../../build/desktop/notices.ts';
import { proveAppImage, toolsForAppImage } from '../../build/desktop/linux/prove-app-image.ts';
import { standInRuntime } from '../../build/desktop/stand-in-runtime.ts';
import { proveWindowsInstaller, toolsForWindows } from '../../build/desktop/windows/prove-installer.ts';
import { stageNativeModules } from '../../build/native-modules.ts';
import { writeChecksums } from '../../build/packages/checksums.ts';
import { verifyApp } from '../../build/release/verify-app.ts';
import { readArchive } from '../../build/release/verify-archive.ts';
import { verifyRelease } from '../../build/release/verify-release.ts';
import { verifySignatures } from '../../build/release/verify-signatures.ts';
import { unsignedName } from '../../build/signing/finish-files.ts';
import { signingSettings } from '../../build/signing/signing-settings.ts';
import { version } from '../../shared/version.ts';
import { makeCodeCertificate } from '../support/signing/code-certificate.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-package-'));
const mostArchiveBytes = 12_000_000;

// The layout of the runtime differs elsewhere; there, the public workflow packages with the real one.
describe.runIf(process.platform === 'linux')('the packaged app, with a small program in the runtime’s place', () => {
  let directory: string;
  beforeAll(async () => {
    await writeNotices(await buildApp(), version);
    await stageNativeModules();
    const archives = await standInRuntime(join(project, 'node_modules/.cache/causeway-runtime'));
    directory = await makeDirectory(folder, archives);
    // What is copied below would be the same 120 MB each time.
    const node = join(directory, 'stand-in/node');
    rmSync(node);
    symlinkSync(process.execPath, node);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('starts its main bundle from the archive', () => {
    expect(execFileSync(join(directory, 'causeway'), { cwd: '/', encoding: 'utf8' })).toBe(
      `Causeway ${version}: the main bundle has started (asked for app).\n`,
    );
  });

  it('holds in its archive what runs, and nothing else', () => {
    const archive = join(directory, 'resources/app.asar');
    const { files, problems } = readArchive(archive);
    expect(problems).toEqual([]);
    const kinds = [...files.keys()].filter((name) => !/^\.vite\/build\/icons\/tray-[\w-]+(?:@2x)?\.png$/.test(name));
    expect(kinds.map((name) => name.replace(/-[\w-]{8}(?=\.\w+$)/, '-HASH')).toSorted()).toEqual([
      '.vite/build/main.js',
      '.vite/build/preload.cjs',
      '.vite/renderer/main_window/assets/index-HASH.css',
      '.vite/renderer/main_window/assets/index-HASH.js',
      '.vite/renderer/main_window/index.html',
      'package.json',
    ]);
    expect(readFileSync(archive).length).toBeLessThanOrEqual(mostArchiveBytes);
    expect(Object.keys(JSON.parse(files.get('package.json')?.toString() ?? '') as object)).not.toContain('scripts');
  });

  it('is sound', async () => expect(await verifyApp(directory, version)).toEqual([]));

  const edit = (path: string, change: (text: string) => string) => (at: string) =>
    writeFileSync(join(at, path), change(readFileSync(join(at, path), 'latin1')), 'latin1');
  const flip = (at: string): void => {
    const path = join(at, 'resources/app.asar');
    const bytes = readFileSync(path);
    bytes.writeUInt8((bytes.at(-100) ?? 0) ^ 1, bytes.length - 100);
    writeFileSync(path, bytes);
  };
  const sbom = 'resources/notices/sbom.cdx.json';
  const licences = 'resources/notices/third-party-licenses.txt';
  it.each<[fault: string, plant: (at: string) => void, found: RegExp]>([
    ['a flipped byte in the archive', flip, /in the archive isn’t what its hash says/],
    ['a fuse that is on', edit('causeway', (text) => text.replace('010011001', '110011001')), /RunAsNode isn’t off/],
    [
      'a fuse that is off',
      edit('causeway', (text) => text.replace('010011001', '010010001')),
      /OnlyLoadApp.* isn’t on/,
    ],
    [
      'a part that isn’t in the list',
      edit(sbom, (text) => text.replace('"name": "ws"', '"name": "w"')),
      /ws \S+ is miss/,
    ],
    ['no list', (at) => rmSync(join(at, sbom)), /no list of what is inside/],
    [
      'a licence that is missing',
      edit(licences, (text) => text.replace(/\nws /, '\nw ')),
      /The licence of ws \S+ is mis/,
    ],
    ['no licences', (at) => rmSync(join(at, licences)), /There are no licences/],
  ])('is found out with %s', async (_fault, plant, found) => {
    const faulty = join(folder, 'faulty');
    rmSync(faulty, { recursive: true, force: true });
    cpSync(directory, faulty, { recursive: true, verbatimSymlinks: true });
    plant(faulty);
    expect((await verifyApp(faulty, version)).join('\n')).toMatch(found);
  });

  it('is found out when it calls itself otherwise', async () => {
    expect(await verifyApp(directory, '9.9.9')).toEqual([`The app calls itself ${version}, not 9.9.9.`]);
  });

  it.runIf(toolsForAppImage.every((path) => existsSync(path)))(
    'becomes an AppImage that starts its main bundle',
    { timeout: 120_000 },
    async () => {
      const image = await proveAppImage(directory, mkdtempSync(join(folder, 'image-')));
      expect(execFileSync(image, { cwd: '/', encoding: 'utf8' })).toContain('the main bundle has started');
      const entry = execFileSync('unsquashfs', [
        '-quiet',
        '-offset',
        '4096',
        '-cat',
        image,
        'causeway.desktop',
      ]).toString();
      expect(entry).toContain('MimeType=x-scheme-handler/causeway');
    },
  );

  it.runIf([...toolsForWindows, '/usr/bin/osslsigncode'].every((path) => existsSync(path)))(
    'becomes an installer for Windows, signed as its uninstaller is',
    { timeout: 120_000 },
    async () => {
      const out = mkdtempSync(join(folder, 'windows-'));
      const certificate = makeCodeCertificate(join(folder, 'certificate'), 'Acme');
      const signing = signingSettings({
        CAUSEWAY_WINDOWS_PFX: certificate.pfx,
        CAUSEWAY_WINDOWS_PFX_PASSWORD: certificate.password,
        CAUSEWAY_WINDOWS_PUBLISHER: 'Acme',
        CAUSEWAY_TIMESTAMP_URL: 'none',
      });
      const installer = await proveWindowsInstaller(join(directory, 'resources/app.asar'), out, signing);
      expect(basename(installer)).toBe(`causeway-${version}-win-${process.arch}.exe`);
      const name = `causeway-${version}-uninstaller.exe`;
      const uninstaller = execFileSync('7z', ['e', '-so', installer, '$R0/Uninstall Causeway.exe'], { stdio: 'pipe' });
      writeFileSync(join(out, name), uninstaller);
      const signers = { windowsPublisher: 'Acme', windowsAuthorities: certificate.authority };
      expect(verifySignatures(out, [basename(installer), name], signers).problems).toEqual([]);
    },
  );

  it('becomes a Debian package, and its release is looked at file by file', { timeout: 120_000 }, async () => {
    const out = mkdtempSync(join(folder, 'release-'));
    const deb = await makeDesktopDeb(directory, version, out);
    const unsigned = unsignedName(deb);
    renameSync(deb, unsigned);
    await writeChecksums(out, [unsigned]);
    expect((await verifyRelease(out, version)).problems).toEqual([]);
    expect(spawnSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: out }).status).toBe(0);
    const contents = execFileSync('dpkg-deb', ['--contents', unsigned], { encoding: 'utf8' });
    for (const path of ['./usr/bin/causeway-desktop', './usr/share/applications/io.causeway.desktop.desktop'])
      expect(contents).toContain(path);
    expect(contents).not.toMatch(/^[-d]\S{4}w|^[-d]\S{7}w/m);

    const name = `causeway-desktop_${version}_${process.arch === 'x64' ? 'amd64' : process.arch}-unsigned.deb`;
    const leftOver = 'causeway-0.0.1-unsigned.zip';
    writeFileSync(join(out, leftOver), 'left over');
    expect((await verifyRelease(out, version)).problems).toEqual([
      `${leftOver} isn’t in SHA256SUMS.`,
      `${leftOver} is of version 0.0.1, not ${version}.`,
    ]);
    rmSync(join(out, leftOver));
    writeFileSync(join(out, 'SHA256SUMS'), `${'0'.repeat(64)}  ${name}\n${'0'.repeat(64)}  other.rpm\n`);
    expect((await verifyRelease(out, version)).problems).toEqual([
      'other.rpm is missing.',
      `${name} isn’t what SHA256SUMS says.`,
    ]);
  });
});
