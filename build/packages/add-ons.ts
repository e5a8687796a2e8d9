import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { needsNativeModules, stageNativeModules } from '../native-modules.ts';
import { macProcessors } from './mach-o.ts';
import { fetchPackage, lockedPackage } from './registry-package.ts';

const require = createRequire(import.meta.url);

/** For what an add-on is to be there. */
interface Computer {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** Whose add-ons are laid out: those of this computer, or of both kinds of Mac. */
export type AddOnsFor = 'here' | 'macs';

/** Of a package, what is needed to run it. */
interface AddOn {
  readonly name: string;
  readonly files: readonly string[];
}

/** Masking of WebSocket frames. */
export function webSocketAddOns(wanted: AddOnsFor = 'here'): readonly AddOn[] {
  const prebuilds = computers(wanted).map(({ platform, arch }) => `prebuilds/${platform}-${arch}`);
  return [
    { name: 'bufferutil', files: ['package.json', 'LICENSE', 'index.js', 'fallback.js', ...prebuilds] },
    { name: 'node-gyp-build', files: ['package.json', 'LICENSE', 'index.js', 'node-gyp-build.js'] },
  ];
}

/** The systems' keychains. */
export function keychainAddOns(wanted: AddOnsFor = 'here'): readonly AddOn[] {
  return [
    { name: '@napi-rs/keyring', files: ['package.json', 'LICENSE', 'index.js', 'keytar.js'] },
    ...computers(wanted).map(({ platform, arch }) => ({
      name: `@napi-rs/keyring-${platform}-${arch}${platform === 'linux' ? '-gnu' : platform === 'win32' ? '-msvc' : ''}`,
      files: ['.'],
    })),
  ];
}

function computers(wanted: AddOnsFor): readonly Computer[] {
  if (wanted === 'macs') return macProcessors.map((arch) => ({ platform: 'darwin', arch }));
  return [{ platform: process.platform, arch: process.arch }];
}

/**
 * Lays out the add-ons that no bundle can hold, and what asks the system. What is there only for other processors is left out.
 * @returns files of their package folders, for licences
 */
export async function stageAddOns(
  folder: string,
  addOns: readonly AddOn[],
  wanted: AddOnsFor = 'here',
): Promise<readonly string[]> {
  const platform = wanted === 'macs' ? 'darwin' : process.platform;
  if (needsNativeModules(platform)) await stageNativeModules(folder);
  await mkdir(folder, { recursive: true });
  const sources: string[] = [];
  for (const { name, files } of addOns) {
    const source = folderOf(name) ?? (await fetchPackage(await lockedPackage(name)));
    for (const file of files) {
      // `bufferutil` has none for arm64 but on macOS, and does without.
      if (!existsSync(join(source, file)) && file.startsWith('prebuilds/')) continue;
      await cp(join(source, file), join(folder, name, file), { recursive: true, dereference: true });
    }
    sources.push(join(source, 'package.json'));
  }
  return needsNativeModules(platform) ? [...sources, require.resolve('koffi/indirect')] : sources;
}

function folderOf(name: string): string | null {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw cause;
  }
}
