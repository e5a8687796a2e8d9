import { chmod, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { Platform } from 'electron-builder';
import type { SigningSettings } from '../../signing/signing-settings.ts';
import { makeInstallers } from '../make-installers.ts';
import { withTools } from '../with-tools.ts';
import { makeProgram } from './small-program.ts';
import { layOutWindowsApp } from './stand-in-app.ts';
import { stubPlugin } from './stub-plugin.ts';

/** Where Debian’s `nsis` has what its scripts include. */
const debianNsis = '/usr/share/nsis';

const templates = join(
  dirname(createRequire(import.meta.url).resolve('app-builder-lib/package.json')),
  'templates/nsis',
);

/** What Debian has of what electron-builder would download. */
export const toolsForWindows = ['/usr/bin/makensis', '/usr/bin/7za'];

/**
 * Makes the installer for Windows by electron-builder from its own scripts, our configuration and Debian’s `makensis`, of a
 * directory in Windows’ layout with small programs in the runtime’s place: one for all users or one person, as for a release.
 * @returns its path
 */
export async function proveWindowsInstaller(packaged: string, out: string, signing?: SigningSettings): Promise<string> {
  const work = join(out, 'windows-work');
  await rm(work, { recursive: true, force: true });
  const [directory, tools, programs] = [join(work, 'app'), join(work, 'nsis'), join(work, 'bin')];
  for (const folder of [join(tools, 'linux'), join(tools, 'plugins/x86-unicode'), programs])
    await mkdir(folder, { recursive: true });
  await layOutWindowsApp(directory, packaged);
  const program = join(tools, 'elevate.exe');
  makeProgram(program);
  await layOutTools(tools, programs, program);
  const variables = {
    ELECTRON_BUILDER_NSIS_DIR: tools,
    ELECTRON_BUILDER_NSIS_RESOURCES_DIR: tools,
    ELECTRON_BUILDER_7ZIP_PATH: '/usr/bin/7za',
    PATH: `${programs}${delimiter}${process.env['PATH']}`,
  };
  try {
    const made = await withTools(variables, () =>
      makeInstallers({
        prepackaged: directory,
        out,
        platform: Platform.WINDOWS,
        targets: ['nsis'],
        ...(signing === undefined ? {} : { signing }),
      }),
    );
    const installer = made.find((path) => path.endsWith('.exe'));
    if (installer === undefined) throw new Error('electron-builder has made no installer.');
    // For updates by parts, which nobody makes from this one.
    await rm(`${installer}.blockmap`, { force: true });
    return installer;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Puts Debian’s NSIS, the plug-ins’ names and what stands in for Wine where electron-builder looks for its downloads. */
async function layOutTools(tools: string, programs: string, program: string): Promise<void> {
  for (const part of ['Contrib', 'Include', 'Plugins', 'Stubs'])
    await symlink(join(debianNsis, part), join(tools, part));
  await symlink('/usr/bin/makensis', join(tools, 'linux/makensis'));
  for (const [name, functions] of await calledPlugins())
    await writeFile(join(tools, 'plugins/x86-unicode', `${name}.dll`), stubPlugin(`${name}.dll`, [...functions]));
  // Wine would run an installer that writes its uninstaller and ends: here, a small program is written in its place.
  await writeFile(join(programs, 'wine'), `#!/bin/sh\nexec cp '${program}' "\${1%exe}__uninstaller.exe"\n`);
  await chmod(join(programs, 'wine'), 0o755);
}

/** Functions that electron-builder’s scripts call, by plug-in, without those that Debian has: the others are a download. */
async function calledPlugins(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const present = new Set(
    (await readdir(join(debianNsis, 'Plugins/x86-unicode'))).map((name) => name.replace('.dll', '')),
  );
  const called = new Map<string, Set<string>>();
  for (const file of await readdir(templates, { recursive: true })) {
    if (!/\.ns[hi]$/.test(file)) continue;
    for (const [, plugin = '', name = ''] of (await readFile(join(templates, file), 'utf8')).matchAll(/(\w+)::(\w+)/g))
      if (!present.has(plugin)) called.set(plugin, (called.get(plugin) ?? new Set()).add(name));
  }
  return called;
}
