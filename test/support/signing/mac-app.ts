import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flipFuses } from '@electron/fuses';
import { fuseWire } from '../../../build/desktop/stand-in-runtime.ts';
import { macProcessors, type MacProcessor, writeUniversalProgram } from '../../../build/packages/mach-o.ts';
import { fuses } from '../../../build/fuses.ts';
import { archiveDigest, digestSentinel } from '../../../build/release/verify-mac-app.ts';
import { readArchive } from '../../../build/release/verify-archive.ts';

/**
 * Lays out what Forge has packaged on this system as it does on macOS: the fuses are in a framework, behind a link, for each kind of
 * processor, and macOS’ own file of the app has the hash of the archive’s header, which the framework has a hash of.
 * @param packaged the app’s directory of this system
 * @param cli the command line of this system, as it is laid out for people
 */
export async function layOutMacApp(root: string, packaged: string, cli: string, version: string): Promise<void> {
  const contents = join(root, 'Causeway.app/Contents');
  const framework = join(contents, 'Frameworks/Electron Framework.framework');
  await mkdir(join(framework, 'Versions/A'), { recursive: true });
  await symlink('Versions/A/Electron Framework', join(framework, 'Electron Framework'));
  for (const name of ['app.asar', 'notices'])
    await cp(join(packaged, 'resources', name), join(contents, 'Resources', name), { recursive: true });
  await cp(cli, join(contents, 'Resources/cli'), { recursive: true });
  await makeMacProgram(join(contents, 'Resources/cli/lib/node'), macProcessors);
  const { headerHash } = readArchive(join(contents, 'Resources/app.asar'));
  const digest = Buffer.concat([Buffer.from([1, 1]), archiveDigest(headerHash)]);
  const inside = Buffer.concat([Buffer.from(`${fuseWire}\0${digestSentinel}`, 'latin1'), digest]);
  await makeMacProgram(join(framework, 'Versions/A/Electron Framework'), macProcessors, inside);
  await flipFuses(join(framework, 'Electron Framework'), fuses);
  const list = `<dict>
<key>CFBundleShortVersionString</key><string>${version}</string>
<key>ElectronAsarIntegrity</key><dict>
<key>Resources/app.asar</key><dict>
<key>algorithm</key><string>SHA256</string>
<key>hash</key><string>${headerHash}</string>
</dict></dict></dict>`;
  await writeFile(join(contents, 'Info.plist'), list);
}

/** A file that has of a Mac’s program only what says for which processors it is, and for each what is given. */
export async function makeMacProgram(
  path: string,
  processors: readonly MacProcessor[],
  inside = Buffer.alloc(0),
): Promise<void> {
  const parts: string[] = [];
  for (const processor of processors) {
    const header = Buffer.alloc(4096, processor);
    header.writeUInt32LE(0xfeedfacf, 0);
    header.writeUInt32LE(processor === 'x64' ? 0x01000007 : 0x0100000c, 4);
    header.writeUInt32LE(0, 8);
    parts.push(`${path}.${processor}`);
    await writeFile(parts.at(-1) ?? '', Buffer.concat([header, inside]));
  }
  await writeUniversalProgram(parts, path);
  for (const part of parts) await rm(part);
}
