import { spawnSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Platform } from 'electron-builder';
import { type SigningSettings, signingSettings } from '../../signing/signing-settings.ts';
import { signWindowsFile } from '../../signing/sign-windows.ts';
import { makeInstallers } from '../make-installers.ts';
import { withCliOnPath } from './msi-path.ts';
import { layOutWindowsApp } from './stand-in-app.ts';
import { projectForWixl } from './wixl-project.ts';

/** What Debian has in place of WiX, and what makes small programs. */
export const toolsForMsi = ['/usr/bin/wixl', '/usr/bin/makensis'];

const icon = fileURLToPath(new URL('../../icons/icon.ico', import.meta.url));

/** Ends electron-builder’s way, which would go on with a download for Windows. */
class MadeByWixl extends Error {}

/**
 * Makes the MSI by wixl from the project that electron-builder writes with our configuration, of a directory in Windows’ layout
 * with small programs in the runtime’s place.
 * @returns its path
 */
export async function proveMsi(packaged: string, out: string, signing?: SigningSettings): Promise<string> {
  const work = join(out, 'msi-work');
  await rm(work, { recursive: true, force: true });
  await layOutWindowsApp(join(work, 'app'), packaged);
  await cp(icon, join(work, 'icon.ico'));
  let target = '';
  const hooks = {
    artifactBuildStarted: ({ file }: { readonly file: string }) => void (target = file),
    msiProjectCreated: async (project: string) => {
      await writeFile(
        join(work, 'project.wxs'),
        projectForWixl(withCliOnPath(await readFile(project, 'utf8')), 'app', 'icon.ico'),
      );
      // It takes sources below its own folder only, and says with exit code 0 what it can’t read.
      const words = ['--arch', 'x64', '--output', 'made.msi', 'project.wxs'];
      const { status, stderr } = spawnSync('wixl', words, { cwd: work, encoding: 'utf8' });
      if (status !== 0 || stderr.trim() !== '') throw new Error(`wixl can’t make the MSI: ${stderr}`);
      throw new MadeByWixl();
    },
  };
  try {
    const options = { prepackaged: join(work, 'app'), out, platform: Platform.WINDOWS, targets: ['msi'], hooks };
    await makeInstallers({ ...options, ...(signing === undefined ? {} : { signing }) });
    throw new Error('electron-builder has written no project.');
  } catch (error) {
    if (!(error instanceof MadeByWixl)) throw error;
    await cp(join(work, 'made.msi'), target);
    const { windows } = signing ?? signingSettings();
    if (windows !== null) signWindowsFile(target, windows);
    return target;
  } finally {
    for (const left of [work, join(out, '__msi-x64'), join(out, '__msi-arm64')])
      await rm(left, { recursive: true, force: true });
  }
}
