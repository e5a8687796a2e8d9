import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from '../../build/build-app.ts';
import { makeCliDeb, makeCliRpm } from '../../build/cli/make-packages.ts';
import { stageCli } from '../../build/cli/stage-cli.ts';
import { makeDirectory } from '../../build/desktop/make-directory.ts';
import { makeDesktopDeb, makeDesktopRpm } from '../../build/desktop/make-packages.ts';
import { writeNotices } from '../../build/desktop/notices.ts';
import { standInRuntime } from '../../build/desktop/stand-in-runtime.ts';
import { stageNativeModules } from '../../build/native-modules.ts';
import { sha256Of } from '../../build/packages/checksums.ts';
import { version as first } from '../../shared/version.ts';
import { openCleanRoot } from './clean-root.ts';

// `npm run package -- --prove`: two builds give the same archive; the Debian packages of app and command line are installed
// in a clean root, run there (the app with a small program in its runtime’s place, up to its main bundle’s start), upgraded
// and removed. Takes Linux, root, debootstrap and Debian’s archive.
const second = `${first}+1`;
const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-prove-desktop-'));
const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];

async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  console.log(`  ✓ ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  return result;
}

function lint(program: string, ...words: readonly string[]): void {
  const { status, stdout } = spawnSync(program, words, { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
}

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

try {
  const archives = await standInRuntime(join(project, 'node_modules/.cache/causeway-runtime'));
  const directory = await step('the app’s directory is made', async () => {
    await writeNotices(await buildApp({ force: true }), first);
    await stageNativeModules();
    return makeDirectory(join(folder, 'one'), archives);
  });
  await step('another build of the same sources has the same archive', async () => {
    const other = await makeDirectory(join(folder, 'other'), archives);
    const archive = 'resources/app.asar';
    assert.equal(await sha256Of(join(other, archive)), await sha256Of(join(directory, archive)));
    rmSync(join(folder, 'other'), { recursive: true });
  });
  const [debs, rpms] = await step('packages of two versions are made', async () => {
    const cli = await stageCli(join(folder, 'cli'), { version: first });
    return [
      [
        [await makeDesktopDeb(directory, first, folder), await makeCliDeb(cli, first, folder)],
        [await makeDesktopDeb(directory, second, folder), await makeCliDeb(cli, second, folder)],
      ] as const,
      [await makeDesktopRpm(directory, first, folder), await makeCliRpm(cli, first, folder)],
    ] as const;
  });
  if (has('lintian'))
    await step('lintian finds no error', () => debs[0].forEach((deb) => lint('lintian', '--fail-on', 'error', deb)));
  else console.log('  – lintian isn’t installed: not asked');
  const config = join(project, 'build/packages/rpmlint.toml');
  if (has('rpmlint') && !rpms.includes(null))
    await step('rpmlint finds no error', () => rpms.forEach((rpm) => lint('rpmlint', '--config', config, rpm ?? '')));
  else console.log('  – rpmlint or rpmbuild isn’t installed: not asked');

  const root = await step('a clean root is there', () => openCleanRoot(join(folder, 'root')));
  closers.unshift(() => root.close());
  for (const file of debs.flat()) copyFileSync(file, join(root.path, 'tmp', basename(file)));
  const inRoot = (files: readonly string[]): readonly string[] => files.map((file) => `/tmp/${basename(file)}`);
  const install = ['apt-get', 'install', '-qy', '--no-install-recommends'] as const;
  root.run('apt-get', 'update', '-q');
  await step('what they depend on is there before and after', () => {
    const words = ['dpkg-deb', '--field', inRoot(debs[0])[0] ?? '', 'Depends'] as const;
    const needed = root.run(...words).trim();
    const names = needed
      .split(', ')
      .map((each) => each.split(' ')[0] ?? '')
      .filter((name) => name !== 'causeway-cli');
    root.run(...install, ...names, 'libatomic1', 'libstdc++6');
  });
  const before = root.files();

  const runs = (version: string): void => {
    assert.match(root.run('causeway', '--version'), new RegExp(`^${first.replaceAll('.', '\\.')} `));
    const status = root.try('causeway', 'status');
    assert.deepEqual([status.code, status.words.includes('Not signed in')], [3, true]);
    assert.match(root.run('causeway-desktop'), /the main bundle has started/);
    for (const name of ['causeway-desktop', 'causeway-cli'])
      assert.equal(root.run('dpkg-query', '--show', '--showformat=${Version}', name), version);
  };
  await step(`${first} installs and runs`, () => {
    root.run(...install, ...inRoot(debs[0]));
    runs(first);
  });
  for (const [program, words, file] of [
    ['desktop-file-validate', [], 'applications/io.causeway.desktop.desktop'],
    ['appstreamcli', ['validate', '--no-net'], 'metainfo/io.causeway.desktop.metainfo.xml'],
  ] as const) {
    if (has(program))
      await step(`${program} finds no error`, () => lint(program, ...words, join(root.path, 'usr/share', file)));
    else console.log(`  – ${program} isn’t installed: not asked`);
  }
  await step(`${second} takes its place`, () => {
    root.run(...install, ...inRoot(debs[1]));
    runs(second);
  });
  await step('removed, they leave nothing outside of people’s own folders', () => {
    root.run('apt-get', 'purge', '-qy', 'causeway-desktop', 'causeway-cli');
    const left = root.files().filter((file) => !before.includes(file));
    assert.deepEqual(left, []);
    assert.equal(existsSync(join(root.path, 'usr/bin/causeway')), false);
  });
  console.log('The packages were proven; the runtime itself wasn’t there.');
} finally {
  for (const close of closers) await close();
}
