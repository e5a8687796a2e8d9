import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flipFuses } from '@electron/fuses';
import { fuseWire } from '../../../build/desktop/stand-in-runtime.ts';
import { fuses } from '../../../build/fuses.ts';
import { readArchive } from '../../../build/release/verify-archive.ts';

/**
 * Lays out what Forge has packaged on this system as it does on macOS: the fuses are in a framework, behind a link, and macOS’ own
 * file of the app has the hash of the archive’s header.
 * @param packaged the app’s directory of this system
 */
export async function layOutMacApp(root: string, packaged: string, version: string): Promise<void> {
  const contents = join(root, 'Causeway.app/Contents');
  const framework = join(contents, 'Frameworks/Electron Framework.framework');
  await mkdir(join(framework, 'Versions/A'), { recursive: true });
  await symlink('Versions/A/Electron Framework', join(framework, 'Electron Framework'));
  await writeFile(join(framework, 'Versions/A/Electron Framework'), fuseWire, 'latin1');
  await flipFuses(join(framework, 'Electron Framework'), fuses);
  for (const name of ['app.asar', 'notices'])
    await cp(join(packaged, 'resources', name), join(contents, 'Resources', name), { recursive: true });
  const { headerHash } = readArchive(join(contents, 'Resources/app.asar'));
  const list = `<dict>
<key>CFBundleShortVersionString</key><string>${version}</string>
<key>ElectronAsarIntegrity</key><dict>
<key>Resources/app.asar</key><dict>
<key>algorithm</key><string>SHA256</string>
<key>hash</key><string>${headerHash}</string>
</dict></dict></dict>`;
  await writeFile(join(contents, 'Info.plist'), list);
}
