import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needsNativeModules } from '../native-modules.ts';
import { readArchiveHashes } from '../packages/exe-resources.ts';
import { readArchive } from './verify-archive.ts';
import { wrongCarriedCli } from './verify-carried-cli.ts';
import { wrongFuses } from './verify-fuses.ts';
import { wrongOnMac } from './verify-mac-app.ts';
import { wrongNotices } from './verify-notices.ts';

/** Where an app has what is looked at, by the system that it is for. */
const layouts = {
  linux: { program: 'causeway', resources: 'resources' },
  win32: { program: 'Causeway.exe', resources: 'resources' },
  darwin: { program: 'Causeway.app', resources: 'Causeway.app/Contents/Resources' },
} as const;

/**
 * Looks at an app’s directory: archive, fuses, version, licences, the list of what is inside, the command line that it carries, and
 * whether what asks the system is there; on macOS and Windows also whether what the system or the program has of the archive says the same.
 * @returns what is wrong, in sentences; empty when all is well
 */
export async function verifyApp(
  directory: string,
  version: string,
  system: keyof typeof layouts = 'linux',
): Promise<readonly string[]> {
  const { program, resources } = layouts[system];
  const archive = join(directory, resources, 'app.asar');
  if (!existsSync(archive)) return ['No app was found inside.'];
  const { files, problems, headerHash } = readArchive(archive);
  const manifest = JSON.parse(files.get('package.json')?.toString('utf8') ?? '{}') as { readonly version?: string };
  return [
    ...problems,
    ...(manifest.version === version ? [] : [`The app calls itself ${manifest.version}, not ${version}.`]),
    ...(!needsNativeModules(system) || existsSync(join(directory, resources, 'node_modules/koffi/indirect.js'))
      ? []
      : ['What asks the system whose a connection is, and what IT has set, is missing (koffi).']),
    ...(system === 'darwin'
      ? await wrongOnMac(join(directory, program), version, headerHash)
      : wrongFuses(await readFile(join(directory, program)).catch(() => Buffer.alloc(0)))),
    ...(system === 'win32' ? await wrongArchiveHash(join(directory, program), headerHash) : []),
    ...(await wrongNotices(join(directory, resources, 'notices'))),
    ...(system === 'linux'
      ? []
      : await wrongCarriedCli(join(directory, resources, 'cli'), version, system === 'win32' ? 'win' : 'mac')),
  ];
}

/** On Windows Electron knows the archive by a list in the program, which is signed with it. */
async function wrongArchiveHash(program: string, headerHash: string): Promise<readonly string[]> {
  const hashes = await readArchiveHashes(program).catch(() => null);
  if (hashes === null) return ['The program doesn’t know the hash of the archive’s header.'];
  const isRight =
    hashes.length === 1 &&
    hashes.every(({ file, alg, value }) => {
      const path = file.replaceAll('\\', '/').toLowerCase();
      return path === 'resources/app.asar' && alg === 'SHA256' && value === headerHash;
    });
  return isRight ? [] : ['The program doesn’t have the hash of the archive’s header.'];
}
