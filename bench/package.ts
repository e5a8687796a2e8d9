import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from '../build/build-app.ts';
import { layOutDesktop } from '../build/desktop/lay-out-desktop.ts';
import { makeDirectory } from '../build/desktop/make-directory.ts';
import { writeNotices } from '../build/desktop/notices.ts';
import { standInRuntime } from '../build/desktop/stand-in-runtime.ts';
import { stageNativeModules } from '../build/native-modules.ts';
import { makeDebianPackage } from '../build/packages/debian-package.ts';
import { version } from '../shared/version.ts';
import { type Bench, median, rounded } from './figure.ts';

const project = fileURLToPath(new URL('..', import.meta.url));

/**
 * How large the app is, archive and Debian package without Electron’s runtime, and how long bundles, directory and package
 * take. Linux alone: a small program stands in for the runtime.
 */
export const packaged: Bench = async ({ rounds, say }) => {
  if (spawnSync('dpkg-deb', ['--version']).status !== 0) throw new Error('This bench needs Linux and dpkg-deb.');
  const archives = await standInRuntime(join(project, 'node_modules/.cache/causeway-runtime'));
  const runs: { readonly seconds: number; readonly asarBytes: number; readonly installerBytes: number }[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'causeway-bench-package-'));
    try {
      const startedMs = performance.now();
      await writeNotices(await buildApp({ force: true }), version);
      await stageNativeModules();
      const directory = await makeDirectory(folder, archives);
      const installer = await withoutRuntime(directory, folder);
      const seconds = (performance.now() - startedMs) / 1000;
      const { size: asarBytes } = await stat(join(directory, 'resources/app.asar'));
      const { size: installerBytes } = await stat(installer);
      runs.push({ seconds, asarBytes, installerBytes });
      say(`round ${round}: ${seconds.toFixed(1)} s`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return [
    {
      bench: 'package',
      case: 'desktop',
      system: 'causeway',
      asarBytes: median(runs.map(({ asarBytes }) => asarBytes)),
      installerBytes: median(runs.map(({ installerBytes }) => installerBytes)),
      buildSeconds: rounded(median(runs.map(({ seconds }) => seconds))),
    },
  ];
};

/** A Debian package of all that the app’s own makers put into it. */
async function withoutRuntime(directory: string, folder: string): Promise<string> {
  const root = join(folder, 'root');
  await layOutDesktop(root, directory, version);
  const lib = join(root, 'usr/lib/causeway-desktop');
  for (const name of await readdir(lib)) if (name !== 'resources') await rm(join(lib, name), { recursive: true });
  for (const name of ['LICENSE.electron.txt', 'LICENSES.chromium.html'])
    await rm(join(root, 'usr/share/doc/causeway-desktop', name));
  const about = {
    section: 'net',
    depends: [],
    synopsis: 'what the bench weighs',
    description: ['Nobody installs it.'],
  } as const;
  return makeDebianPackage({ name: 'causeway-desktop', version, ...about }, root, folder);
}
