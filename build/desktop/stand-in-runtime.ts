import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipFolder } from '../packages/zip-folder.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);

/** Where a binary's switches are; behind it stand the version of the wire, its length and a letter for each. */
export const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseCount = 9;

/** All switches off, as text of one byte a letter. */
export const fuseWire = `${fuseSentinel}${String.fromCharCode(1, fuseCount)}${'0'.repeat(fuseCount)}`;

/** What Electron’s archive for Linux holds beside its binary. */
const otherFiles = [
  'LICENSES.chromium.html',
  'chrome_100_percent.pak',
  'chrome_200_percent.pak',
  'icudtl.dat',
  'libEGL.so',
  'libGLESv2.so',
  'libffmpeg.so',
  'libvk_swiftshader.so',
  'libvulkan.so.1',
  'locales/de.pak',
  'locales/en-US.pak',
  'resources.pak',
  'resources/default_app.asar',
  'snapshot_blob.bin',
  'v8_context_snapshot.bin',
  'vk_swiftshader_icd.json',
];
const otherPrograms = ['chrome-sandbox', 'chrome_crashpad_handler'];

/** Version of Electron that the app is built for. */
export function electronVersion(): string {
  return (require('electron/package.json') as { readonly version: string }).version;
}

/**
 * Makes an archive in the layout of Electron’s runtime for Linux, with a small program in place of its binary, so that
 * packaging can be proven where the real one can’t be had. Made once for a version.
 * @returns the folder that packaging takes the archive from
 */
export async function standInRuntime(cacheDir: string): Promise<string> {
  const program = await readFile(join(here, 'stand-in/electron.sh'), 'utf8');
  const start = await readFile(join(here, 'stand-in/start.mjs'), 'utf8');
  const version = electronVersion();
  const hash = createHash('sha256').update(`${version}\0${program}\0${start}\0${otherPrograms.join()}`).digest('hex');
  const target = join(cacheDir, hash.slice(0, 16));
  if (existsSync(target)) return target;
  const work = `${target}.${process.pid}`;
  const root = join(work, 'root');
  await rm(work, { recursive: true, force: true });
  for (const folder of ['locales', 'resources', 'stand-in']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'version'), version);
  await cp(join(require.resolve('electron/package.json'), '../LICENSE'), join(root, 'LICENSE'));
  for (const name of otherFiles) await writeFile(join(root, name), `stands in for ${name}\n`);
  for (const name of otherPrograms) await writeFile(join(root, name), `#!/bin/sh\n# stands in for ${name}\nexit 1\n`);
  await writeFile(join(root, 'electron'), `${program}# ${fuseWire}\n`, 'latin1');
  await writeFile(join(root, 'stand-in/start.mjs'), start);
  for (const name of ['electron', ...otherPrograms]) await chmod(join(root, name), 0o755);
  await zipFolder(root, join(work, `electron-v${version}-${process.platform}-${process.arch}.zip`));
  await rm(root, { recursive: true });
  try {
    await rename(work, target);
  } catch (cause) {
    await rm(work, { recursive: true, force: true });
    // Another process has just made the same one.
    if (!existsSync(target)) throw cause;
  }
  return target;
}
