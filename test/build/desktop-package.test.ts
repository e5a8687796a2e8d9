import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsForAppImage } from '../../build/desktop/linux/prove-app-image.ts';
import { proveMsi, toolsForMsi } from '../../build/desktop/windows/prove-msi.ts';
import { proveWindowsInstaller, toolsForWindows } from '../../build/desktop/windows/prove-installer.ts';
import { makeProgram } from '../../build/desktop/windows/small-program.ts';
import { writeChecksums } from '../../build/packages/checksums.ts';
import { zipFolder } from '../../build/packages/zip-folder.ts';
import { verifyApp } from '../../build/release/verify-app.ts';
import { readArchive } from '../../build/release/verify-archive.ts';
import { verifyInside } from '../../build/release/verify-inside.ts';
import { verifyRelease } from '../../build/release/verify-release.ts';
import { verifySignatures } from '../../build/release/verify-signatures.ts';
import { signingSettings } from '../../build/signing/signing-settings.ts';
import { version } from '../../shared/version.ts';
import { findProgram } from '../support/install-programs.ts';
import { layOutMacApp } from '../support/signing/mac-app.ts';
import { makeCodeCertificate } from '../support/signing/code-certificate.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-package-'));
/** The file that the command has made, by its ending. */
const madeFile = (ending: string): string =>
  join(proof, readdirSync(proof).find((name) => name.endsWith(ending)) ?? 'missing');
const mostArchiveBytes = 12_000_000;

const proof = join(folder, 'proof');
const directory = join(proof, `Causeway-linux-${process.arch}`);

/** Runs `npm run package` as on a machine where the runtime can’t be had, whatever this one has. */
async function packageHere(
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly said: string; readonly errors: string }> {
  const unsigned = Object.entries(process.env).filter(([name]) => !name.startsWith('CAUSEWAY_'));
  const child = spawn(process.execPath, [join(project, 'build/package.ts'), '--out', folder, ...words], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(unsigned),
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      ELECTRON_MIRROR: 'http://127.0.0.1:1/',
      ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'nowhere'),
      ...env,
    },
  });
  const [said, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, said, errors };
}

// The layout of the runtime differs elsewhere; there, the public workflow packages with the real one.
describe.runIf(process.platform === 'linux')('the packaged app, with a small program in the runtime’s place', () => {
  let packaged: Awaited<ReturnType<typeof packageHere>>;
  beforeAll(async () => {
    packaged = await packageHere([]);
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('ends well where all was proven that can be, and says in one table what that is', () => {
    expect([packaged.code, packaged.code === 0 ? '' : packaged.errors]).toEqual([0, '']);
    const row = (step: string): string => packaged.said.split('\n').find((line) => line.startsWith(`  ${step}`)) ?? '';
    for (const step of ['directory, ASAR', 'fuses on the wire', 'Debian packages of both'])
      expect(row(step)).toContain('yes, with a stand-in for the runtime');
    for (const step of ['bundles of main', 'licences and', 'command line: ZIP', 'checksums'])
      expect(row(step)).toContain('yes, here');
    for (const step of ['macOS: DMG', 'macOS: notarisation', 'Azure Trusted Signing', 'Windows: the runtime’s'])
      expect(row(step)).toContain('no: by the workflow alone');
    // What a machine lacks is named, and never counted as proven.
    const made = readdirSync(proof).filter((name) => !name.startsWith('Causeway-') && name !== 'SHA256SUMS');
    for (const [step, ending] of [
      ['RPMs of both', '.rpm'],
      ['Windows: NSIS', '.exe'],
      ['Windows: MSI', '.msi'],
      ['Linux: AppImage', '.AppImage'],
    ] as const) {
      const isThere = made.some((name) => name.endsWith(ending));
      expect(row(step)).toMatch(isThere ? /yes, with a stand-in/ : /no: by the workflow alone +there is no /);
    }
    expect(made.filter((name) => !/-unsigned\.\w+$/.test(name))).toEqual([]);
    expect(readFileSync(join(proof, 'SHA256SUMS'), 'utf8').trim().split('\n')).toHaveLength(made.length);
  });

  it.each<[what: string, words: readonly string[], env: NodeJS.ProcessEnv, code: number, says: RegExp]>([
    [
      'the runtime is demanded and isn’t there',
      ['--demand-runtime'],
      {},
      2,
      /runtime isn’t installed, and .* can’t be/,
    ],
    [
      'half of a certificate is given',
      [],
      { CAUSEWAY_WINDOWS_PFX: '/x.pfx' },
      1,
      /CAUSEWAY_WINDOWS_PFX_PASSWORD missing/,
    ],
    ['an option that there isn’t is given', ['--demand-runtme'], {}, 1, /Unknown option '--demand-runtme'/],
  ])('ends with a code of its own where %s', { timeout: 120_000 }, async (_what, words, env, code, says) => {
    const ended = await packageHere(words, env);
    expect([ended.code, ended.errors]).toEqual([code, expect.stringMatching(says)]);
  });

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
    [
      'no way to ask the system',
      (at) => rmSync(join(at, 'resources/node_modules/koffi'), { recursive: true }),
      /\(koffi\)/,
    ],
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
    () => {
      const image = madeFile('.AppImage');
      expect(execFileSync(image, { cwd: '/', encoding: 'utf8' })).toContain('the main bundle has started');
      const words = ['-quiet', '-offset', '4096', '-cat', image, 'causeway.desktop'];
      const entry = execFileSync('unsquashfs', words).toString();
      expect(entry).toContain('MimeType=x-scheme-handler/causeway');
      expect(entry).not.toContain('--no-sandbox');
    },
  );

  it.runIf(toolsForMsi.every((path) => existsSync(path)))('becomes an MSI with the archive in it', () => {
    const out = mkdtempSync(join(folder, 'msi-'));
    execFileSync('7z', ['x', `-o${out}`, madeFile('.msi')], { stdio: 'pipe' });
    const texts = readFileSync(join(out, '!_StringData'), 'latin1');
    for (const text of [
      'Causeway',
      `${version}.0`,
      'ProgramFiles64Folder',
      'APPLICATIONFOLDER',
      'The Causeway developers',
    ])
      expect(texts).toContain(text);
    const [cabinet = ''] = readdirSync(out).filter((name) => name.endsWith('.cab'));
    execFileSync('7z', ['x', `-o${join(out, 'files')}`, join(out, cabinet)], { stdio: 'pipe' });
    const archive = readFileSync(join(directory, 'resources/app.asar'));
    const files = readdirSync(join(out, 'files')).map((name) => readFileSync(join(out, 'files', name)));
    const beside = readdirSync(join(directory, 'resources'), { withFileTypes: true, recursive: true });
    const launcher = readFileSync(join(project, 'build/cli/launcher.cmd'), 'utf8').replaceAll(/\r?\n/g, '\r\n');
    expect(files.some((bytes) => bytes.equals(archive))).toBe(true);
    expect(files.some((bytes) => bytes.toString() === launcher)).toBe(true);
    // With the program and a library.
    expect(files.length).toBeGreaterThan(beside.filter((entry) => entry.isFile()).length + 2);
  });

  const faultyCopy = (plant: (at: string) => void): string => {
    const faulty = join(mkdtempSync(join(folder, 'planted-')), 'app');
    cpSync(directory, faulty, { recursive: true, verbatimSymlinks: true });
    plant(faulty);
    return faulty;
  };
  const noLicenceOfWs = edit(licences, (text) => text.replace(/\nws /, '\nw '));

  it.runIf([...toolsForMsi, '/usr/bin/msiextract'].every((path) => existsSync(path)))(
    'is found out inside an MSI',
    { timeout: 120_000 },
    async () => {
      const faulty = faultyCopy((at) => (flip(at), noLicenceOfWs(at)));
      const msi = await proveMsi(faulty, mkdtempSync(join(folder, 'msi-faulty-')));
      const { problems } = await verifyInside(msi, '9.9.9');
      expect(problems.map((problem) => problem.replace(`${basename(msi)}: `, ''))).toEqual([
        `It says version ${version}, not 9.9.9.`,
        expect.stringMatching(/in the archive isn’t what its hash says/),
        `The app calls itself ${version}, not 9.9.9.`,
        expect.stringMatching(/The licence of ws \S+ is missing/),
        expect.stringMatching(/^w \S+ is missing in sbom/),
      ]);
      const cut = join(dirname(msi), 'causeway-cut.msi');
      writeFileSync(cut, readFileSync(msi).subarray(0, 4096));
      expect((await verifyInside(cut, version)).problems).toContain('causeway-cut.msi: No app was found inside.');
    },
  );

  const macFuses = 'Causeway.app/Contents/Frameworks/Electron Framework.framework/Versions/A/Electron Framework';
  it
    .runIf(existsSync('/usr/bin/unzip'))
    .each<[what: string, faultyApp: () => string, plant: (root: string) => void, problems: readonly RegExp[]]>([
      ['nothing wrong', () => directory, () => undefined, []],
      ['a flipped byte', () => faultyCopy(flip), () => undefined, [/in the archive isn’t what its hash says/]],
      ['a missing licence', () => faultyCopy(noLicenceOfWs), () => undefined, [/licence of ws/, /w \S+ is missing in/]],
      [
        'a fuse that is on',
        () => directory,
        (root) => edit(macFuses, (text) => text.replace('010011001', '110011001'))(root),
        [/RunAsNode isn’t off/],
      ],
      [
        'another version and another archive than macOS’ own file says',
        () => directory,
        (root) =>
          edit('Causeway.app/Contents/Info.plist', (text) =>
            text.replace(version, '0.0.1').replace(/[0-9a-f]{64}/, '0'.repeat(64)),
          )(root),
        [/Info.plist says version 0\.0\.1/, /doesn’t have the hash/],
      ],
      [
        'no app',
        () => directory,
        (root) => rmSync(join(root, 'Causeway.app/Contents/Resources/app.asar')),
        [/No app was/],
      ],
    ])('is looked at inside a Mac’s ZIP: %s', async (_what, app, plant, found) => {
    const root = mkdtempSync(join(folder, 'mac-'));
    await layOutMacApp(root, app(), version);
    plant(root);
    const zip = join(folder, `causeway-${version}-mac-universal.zip`);
    await zipFolder(root, zip);
    const { problems } = await verifyInside(zip, version);
    expect(problems).toEqual(found.map((words) => expect.stringMatching(words) as string));
  });

  it.runIf(toolsForWindows.every((path) => existsSync(path)))('is missed in a program that isn’t it', async () => {
    const other = join(folder, 'other.exe');
    makeProgram(other);
    expect((await verifyInside(other, version)).problems).toEqual(['other.exe: No app was found inside.']);
  });

  it.runIf([...toolsForWindows, ...toolsForMsi, '/usr/bin/osslsigncode'].every((path) => existsSync(path)))(
    'becomes installers for Windows, signed as the uninstaller is',
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
      const installer = await proveWindowsInstaller(directory, out, signing);
      expect(basename(installer)).toBe(`causeway-${version}-win-${process.arch}.exe`);
      const inside = join(out, 'inside');
      execFileSync('7z', ['x', `-o${inside}`, installer], { stdio: 'pipe' });
      const [app = ''] = readdirSync(inside, { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.7z'),
      );
      const listed = execFileSync('7z', ['l', '-slt', join(inside, app)], { encoding: 'utf8' });
      for (const file of ['bin/causeway.cmd', 'lib/node.exe', 'lib/cli/main.js', 'share/sbom.cdx.json'])
        expect(listed).toContain(`resources/cli/${file}`);
      const msi = await proveMsi(directory, out, signing);
      const name = `causeway-${version}-uninstaller.exe`;
      const uninstaller = execFileSync('7z', ['e', '-so', installer, '$R0/Uninstall Causeway.exe'], { stdio: 'pipe' });
      writeFileSync(join(out, name), uninstaller);
      const signers = { windowsPublisher: 'Acme', windowsAuthorities: certificate.authority };
      expect(verifySignatures(out, [basename(installer), basename(msi), name], signers).problems).toEqual([]);
    },
  );

  it('becomes Debian packages, and its release is looked at file by file', { timeout: 120_000 }, async () => {
    const out = mkdtempSync(join(folder, 'release-'));
    const name = `causeway-desktop_${version}_${process.arch === 'x64' ? 'amd64' : process.arch}-unsigned.deb`;
    const unsigned = join(out, name);
    cpSync(join(proof, name), unsigned);
    await writeChecksums(out, [unsigned]);
    expect(spawnSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: proof }).status).toBe(0);
    // All that was made: packages of each kind are opened.
    expect(await verifyRelease(proof, version)).toEqual({
      problems: [],
      notLookedAt: findProgram('msiextract') === null ? [expect.stringMatching(/\.msi: it takes msiextract/)] : [],
    });
    const contents = execFileSync('dpkg-deb', ['--contents', unsigned], { encoding: 'utf8' });
    for (const path of ['./usr/bin/causeway-desktop', './usr/share/applications/io.causeway.desktop.desktop'])
      expect(contents).toContain(path);
    expect(contents).not.toMatch(/^[-d]\S{4}w|^[-d]\S{7}w/m);

    const root = join(out, 'root');
    execFileSync('dpkg-deb', ['--extract', unsigned, root]);
    for (const [program, words, file] of [
      ['desktop-file-validate', [], 'applications/io.causeway.desktop.desktop'],
      ['appstreamcli', ['validate', '--no-net'], 'metainfo/io.causeway.desktop.metainfo.xml'],
    ] as const) {
      const { error, status, stdout } = spawnSync(program, [...words, join(root, 'usr/share', file)], {
        encoding: 'utf8',
      });
      if (error === undefined) expect([program, status, stdout]).toEqual([program, 0, expect.any(String)]);
    }

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
