import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { fuses } from '../fuses.ts';
import { needsNativeModules } from '../native-modules.ts';
import { readArchive } from './verify-archive.ts';

/** Where an app has what is looked at, by the system that it is for. */
const layouts = {
  linux: { program: 'causeway', resources: 'resources' },
  win32: { program: 'Causeway.exe', resources: 'resources' },
  darwin: { program: 'Causeway.app', resources: 'Causeway.app/Contents/Resources' },
} as const;

/**
 * Looks at an app’s directory: archive, fuses, version, licences, the list of what is inside, and whether what asks the system
 * is there; on macOS also whether the system’s own file of the app says the same.
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
    ...(system === 'darwin' ? await wrongOnMac(join(directory, program), version, headerHash) : []),
    ...(!needsNativeModules(system) || existsSync(join(directory, resources, 'node_modules/koffi/indirect.js'))
      ? []
      : ['What asks the system whose a connection is, and what IT has set, is missing (koffi).']),
    ...(await wrongFuses(join(directory, program))),
    ...(await wrongNotices(join(directory, resources, 'notices'))),
  ];
}

/** macOS’ file of an app says its version, and the hash by which Electron knows the archive’s header. */
async function wrongOnMac(app: string, version: string, headerHash: string): Promise<readonly string[]> {
  const list = await readFile(join(app, 'Contents/Info.plist'), 'utf8').catch(() => '');
  const said = /<key>CFBundleShortVersionString<\/key>\s*<string>([^<]*)</.exec(list)?.[1] ?? 'nothing';
  const hash = /<key>Resources\/app\.asar<\/key>\s*<dict>.*?<key>hash<\/key>\s*<string>([^<]*)</s.exec(list)?.[1];
  return [
    ...(said === version ? [] : [`Info.plist says version ${said}, not ${version}.`]),
    ...(hash === headerHash ? [] : ['Info.plist doesn’t have the hash of the archive’s header.']),
  ];
}

async function wrongFuses(binary: string): Promise<readonly string[]> {
  const wire = await getCurrentFuseWire(binary);
  const wanted = Object.entries(fuses).flatMap(([fuse, isOn]) =>
    typeof isOn === 'boolean' && /^\d+$/.test(fuse) ? [[Number(fuse) as FuseV1Options, isOn] as const] : [],
  );
  return wanted.flatMap(([fuse, isOn]) =>
    wire[fuse] === (isOn ? FuseState.ENABLE : FuseState.DISABLE)
      ? []
      : [`The fuse ${FuseV1Options[fuse]} isn’t ${isOn ? 'on' : 'off'}.`],
  );
}

/**
 * The list of what is inside and the licences are made of the same libraries: one that stands in only one of them is
 * missing in the other.
 */
export async function wrongNotices(folder: string): Promise<readonly string[]> {
  const read = (name: string): Promise<string | null> => readFile(join(folder, name), 'utf8').catch(() => null);
  const [list, licences] = [await read('sbom.cdx.json'), await read('third-party-licenses.txt')];
  if (list === null) return ['There is no list of what is inside (sbom.cdx.json).'];
  if (licences === null) return ['There are no licences (third-party-licenses.txt).'];
  const { components = [] } = JSON.parse(list) as {
    readonly components?: readonly { readonly group?: string; readonly name: string; readonly version: string }[];
  };
  const listed = new Set(
    components.map(({ group, name, version }) => `${group === undefined ? name : `${group}/${name}`} ${version}`),
  );
  const licensed = new Set([...licences.matchAll(/^-{100}\n(\S+ \S+) \(.+\)\n-{100}$/gm)].map(([, name = '']) => name));
  return [
    ...(listed.size === 0 ? ['The list of what is inside (sbom.cdx.json) is empty.'] : []),
    ...[...listed].filter((name) => !licensed.has(name)).map((name) => `The licence of ${name} is missing.`),
    ...[...licensed].filter((name) => !listed.has(name)).map((name) => `${name} is missing in sbom.cdx.json.`),
  ];
}
