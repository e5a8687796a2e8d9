import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Platform } from 'electron-builder';
import { makeInstallers } from '../make-installers.ts';
import { withTools } from '../with-tools.ts';

/** Of a runtime, in bytes: a whole number of blocks, for a file system that is mounted from behind it. */
const runtimeBytes = 4096;

/** What Debian has of what electron-builder would download. */
export const toolsForAppImage = ['/usr/bin/mksquashfs', '/usr/bin/unsquashfs', '/usr/bin/desktop-file-validate'];

/**
 * Makes the AppImage by electron-builder with Debian’s `mksquashfs` and `desktop-file-validate`, and a script in place of its
 * runtime, which unpacks where that would mount.
 * @returns its path
 */
export async function proveAppImage(directory: string, out: string): Promise<string> {
  const tools = join(out, 'app-image-work');
  await rm(tools, { recursive: true, force: true });
  const programs = join(tools, `linux-${process.arch}`);
  for (const folder of [programs, join(tools, 'lib/x64')]) await mkdir(folder, { recursive: true });
  for (const name of ['mksquashfs', 'desktop-file-validate']) await symlink(`/usr/bin/${name}`, join(programs, name));
  const script = await readFile(new URL('../stand-in/app-image-runtime.sh', import.meta.url), 'utf8');
  const runtime = join(tools, `runtime-${process.arch}`);
  await writeFile(runtime, script.replace('@BYTES@', String(runtimeBytes)).padEnd(runtimeBytes, '\n'));
  await chmod(runtime, 0o755);
  try {
    const made = await withTools({ APPIMAGE_TOOLS_PATH: tools }, () =>
      makeInstallers({ prepackaged: directory, out, platform: Platform.LINUX, targets: ['AppImage'] }),
    );
    const image = made.find((path) => path.endsWith('.AppImage'));
    if (image === undefined) throw new Error('electron-builder has made no AppImage.');
    return image;
  } finally {
    await rm(tools, { recursive: true, force: true });
  }
}
