import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeInstallers } from '../desktop/make-installers.ts';
import { zipFolder } from '../packages/zip-folder.ts';
import { finishLinuxFiles, finishRelease } from '../signing/finish-files.ts';
import { type MacSigners, signMacApp } from '../signing/sign-mac.ts';
import { signDirectory } from '../signing/sign-windows.ts';
import { isSignedOn, type SigningSettings } from '../signing/signing-settings.ts';
import { openHandOver, unpackFolder } from './hand-over.ts';

export interface SignHandedOptions {
  /** Folder with what was handed over. */
  readonly from: string;
  /** The sum of its list. */
  readonly seal: string;
  readonly out: string;
  readonly signing: SigningSettings;
  readonly platform?: NodeJS.Platform;
  /** Makes installers of what is signed then; electron-builder, unless told otherwise. */
  readonly wrap?: (options: { readonly prepackaged: string; readonly out: string }) => Promise<readonly string[]>;
  readonly macSigners?: MacSigners;
}

/**
 * Signs what was made where no key is, and wraps it: nothing is bundled, compiled or left out here. The app’s folder (`app.tar`) becomes
 * installers, the command line’s (`cli.tar`) a ZIP; all else is there already.
 * @returns the files
 * @throws Error when what came isn’t what was handed over, or there is no certificate for it
 */
export async function signHanded(options: SignHandedOptions): Promise<readonly string[]> {
  const { from, seal, out, signing, platform = process.platform, wrap = makeInstallers, macSigners } = options;
  const files = await openHandOver(from, seal);
  if (!isSignedOn(platform, signing))
    throw new Error('What was handed over says that it is signed, and there is no certificate for that.');
  await mkdir(out, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'causeway-handed-'));
  const made: string[] = [];
  try {
    for (const file of files) {
      const name = basename(file);
      if (name === 'app.tar') {
        const folder = await unpackFolder(file, join(work, 'app'));
        await signApp(folder);
        made.push(...(await wrap({ prepackaged: platform === 'darwin' ? join(folder, 'Causeway.app') : folder, out })));
      } else if (name === 'cli.tar') {
        const folder = await unpackFolder(file, join(work, 'cli'));
        if (signing.windows !== null) signDirectory(folder, signing.windows);
        const zip = join(out, `${basename(folder)}.zip`);
        await zipFolder(folder, zip, `${basename(folder)}/`);
        made.push(zip);
      } else {
        await copyFile(file, join(out, name));
        made.push(join(out, name));
      }
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const finished = platform === 'linux' ? await finishLinuxFiles(made, signing.linux) : made;
  await finishRelease(out, finished, signing.linux);
  return finished;

  async function signApp(folder: string): Promise<void> {
    if (platform === 'win32' && signing.windows !== null) signDirectory(folder, signing.windows);
    if (platform === 'darwin' && signing.mac !== null)
      await signMacApp(join(folder, 'Causeway.app'), signing.mac, macSigners);
  }
}
