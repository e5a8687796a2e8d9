import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsForAppImage } from '../../build/desktop/linux/prove-app-image.ts';
import { proveMsi, toolsForMsi } from '../../build/desktop/windows/prove-msi.ts';
import { proveWindowsInstaller, toolsForWindows } from '../../build/desktop/windows/prove-installer.ts';
import { makeProgram } from '../../build/desktop/windows/small-program.ts';
import { writeChecksums } from '../../build/packages/checksums.ts';
import { zipFolder } from '../../build/packages/zip-folder.ts';
import { sealHandOver } from '../../build/release/hand-over.ts';
import { signHanded } from '../../build/release/sign-handed.ts';
import { verifyApp } from '../../build/release/verify-app.ts';
import { readArchive } from '../../build/release/verify-archive.ts';
import { verifyInside } from '../../build/release/verify-inside.ts';
import { verifyRelease } from '../../build/release/verify-release.ts';
import { verifySignatures } from '../../build/release/verify-signatures.ts';
import { signingSettings } from '../../build/signing/signing-settings.ts';
import { version } from '../../shared/version.ts';
import { findProgram } from '../support/install-programs.ts';
import { flipFuses } from '@electron/fuses';
import { layOutWindowsApp } from '../../build/desktop/windows/stand-in-app.ts';
import { fuseWire } from '../../build/desktop/stand-in-runtime.ts';
import { fuses } from '../../build/fuses.ts';
import { type ArchiveHash, writeArchiveHashes } from '../../build/packages/exe-resources.ts';
import { layOutMacApp } from '../support/signing/mac-app.ts';
import { makeReleaseKey } from '../support/signing/release-key.ts';
import { makeDiskImage } from '../support/signing/disk-image.ts';
import { makeCodeCertificate } from '../support/signing/code-certificate.ts';
import { appFaults } from './app-faults.ts';
import { macFaults } from './mac-faults.ts';
import { flip, noLicenceOfWs, packageHere, project } from './packaged-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-package-'));
/** The file that the command has made, by its ending. */
const madeFile = (ending: string): string =>
  join(proof, readdirSync(proof).find((name) => name.endsWith(ending)) ?? 'missing');
const mostArchiveBytes = 12_000_000;

const proof = join(folder, 'proof');
const directory = join(proof, `Causeway-linux-${process.arch}`);

// The layout of the runtime differs elsewhere; there, the public workflow packages with the real one.
describe.runIf(process.platform === 'linux')('the packaged app, with a small program in the runtime’s place', () => {
  let packaged: Awaited<ReturnType<typeof packageHere>>;
  beforeAll(async () => {
    packaged = await packageHere(folder, []);
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
    const ended = await packageHere(folder, words, env);
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

  it.each(appFaults)('is found out with %s', async (_fault, plant, found) => {
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
        `The command line inside calls itself ${version}, not 9.9.9.`,
      ]);
      const cut = join(dirname(msi), 'causeway-cut.msi');
      writeFileSync(cut, readFileSync(msi).subarray(0, 4096));
      expect((await verifyInside(cut, version)).problems).toEqual([
        'causeway-cut.msi: It can’t be read (msiextract): it is damaged, or of another kind.',
      ]);
    },
  );

  /** The command line of this system, as its ZIP has it. */
  const cliFolder = (): string => {
    const to = join(folder, 'cli');
    if (!existsSync(to)) execFileSync('unzip', ['-q', madeFile('.zip'), '-d', to]);
    return join(to, readdirSync(to)[0] ?? 'missing');
  };
  const isDiskImageMade = findProgram('xorriso') !== null && findProgram('7z') !== null;
  const macKinds = [
    ...(findProgram('unzip') === null ? [] : ['zip' as const]),
    ...(isDiskImageMade ? ['dmg' as const] : []),
  ];
  it.each(macKinds.flatMap((kind) => macFaults.map((fault) => [kind, ...fault] as const)))(
    'is looked at inside a Mac’s %s: %s',
    { timeout: 60_000 },
    async (kind, _what, change, plant, found) => {
      const root = mkdtempSync(join(folder, 'mac-'));
      await layOutMacApp(root, change === null ? directory : faultyCopy(change), cliFolder(), version);
      await plant(root);
      const made = join(folder, `causeway-${version}-mac-universal.${kind}`);
      if (kind === 'zip') await zipFolder(root, made);
      else {
        symlinkSync('/Applications', join(root, 'Applications'));
        makeDiskImage(root, 'Causeway', made);
      }
      const { problems, notLookedAt } = await verifyInside(made, version);
      expect(problems).toEqual(found.map((words) => expect.stringMatching(words) as string));
      expect(notLookedAt).toEqual([]);
    },
  );

  it.runIf(isDiskImageMade)('a Mac’s disk image that is cut short, or is something else, is a fault', async () => {
    const image = join(folder, `causeway-${version}-mac-universal.dmg`);
    const whole = readFileSync(image);
    for (const bytes of [whole.subarray(0, whole.length / 2), Buffer.from('<html>not found</html>'.repeat(100))]) {
      writeFileSync(image, bytes);
      expect((await verifyInside(image, version)).problems).toEqual([
        `${basename(image)}: It can’t be unpacked: it is damaged, or of another kind.`,
      ]);
    }
  });

  it.runIf(toolsForWindows.every((path) => existsSync(path)))(
    'is found out in Windows’ layout when the program has the hash of another archive, or none',
    async () => {
      const at = mkdtempSync(join(folder, 'windows-app-'));
      await layOutWindowsApp(at, directory);
      expect(await verifyApp(at, version, 'win32')).toEqual([]);
      const program = join(at, 'Causeway.exe');
      const { headerHash } = readArchive(join(at, 'resources/app.asar'));
      const right = { file: 'resources\\app.asar', alg: 'SHA256', value: headerHash };
      const withHashes = async (hashes: readonly ArchiveHash[] | null): Promise<readonly string[]> => {
        makeProgram(program);
        if (hashes !== null) await writeArchiveHashes(program, hashes);
        appendFileSync(program, fuseWire, 'latin1');
        await flipFuses(program, fuses);
        return verifyApp(at, version, 'win32');
      };
      expect(await withHashes([right])).toEqual([]);
      const wrong = ['The program doesn’t have the hash of the archive’s header.'];
      expect(await withHashes([{ ...right, value: '0'.repeat(64) }])).toEqual(wrong);
      expect(await withHashes([{ ...right, alg: 'SHA1' }])).toEqual(wrong);
      expect(await withHashes([{ ...right, file: 'resources\\other.asar' }])).toEqual(wrong);
      expect(await withHashes([right, { ...right, file: 'resources\\other.asar' }])).toEqual(wrong);
      expect(await withHashes([])).toEqual(wrong);
      expect(await withHashes(null)).toEqual(['The program doesn’t know the hash of the archive’s header.']);
    },
  );

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

  it.runIf(findProgram('gpg') !== null)(
    'is handed over unsigned and whole, and what was handed over is signed elsewhere',
    { timeout: 600_000 },
    async () => {
      const at = mkdtempSync(join(folder, 'handed-'));
      const { code, said } = await packageHere(at, ['--sign-later']);
      const handed = join(at, 'proof/handed');
      expect([code, said]).toEqual([0, expect.stringMatching(/signatures on linux.*npm run release -- sign/)]);
      const names = readdirSync(handed);
      expect(names.filter((name) => name.includes('unsigned'))).toEqual([]);
      const deb = names.find((name) => name.startsWith('causeway-desktop_')) ?? 'missing';
      execFileSync('dpkg-deb', ['--extract', join(handed, deb), join(at, 'root')]);
      const { files } = readArchive(join(at, 'root/usr/lib/causeway-desktop/resources/app.asar'));
      expect(JSON.parse(files.get('package.json')?.toString() ?? '')).toMatchObject({ version, signature: 'signed' });
      const key = makeReleaseKey(join(at, 'key'));
      try {
        const signing = { ...signingSettings({}), linux: key.signing };
        const out = join(at, 'signed');
        const made = await signHanded({ from: handed, seal: await sealHandOver(handed), out, signing });
        expect(made.map((file) => basename(file))).toEqual(names.toSorted());
        const signers = { releaseKey: key.publicKey, demandSigned: true };
        expect(await verifyRelease(out, version, signers)).toEqual({ problems: [], notLookedAt: [] });
      } finally {
        key.close();
      }
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
