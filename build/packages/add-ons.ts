import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { needsNativeModules, stageNativeModules } from '../native-modules.ts';

const require = createRequire(import.meta.url);

/** Of a package, what is needed to run it here. */
interface AddOn {
  readonly name: string;
  readonly files: readonly string[];
}

/** Masking of WebSocket frames. */
export const webSocketAddOns: readonly AddOn[] = [
  {
    name: 'bufferutil',
    files: ['package.json', 'LICENSE', 'index.js', 'fallback.js', `prebuilds/${process.platform}-${process.arch}`],
  },
  { name: 'node-gyp-build', files: ['package.json', 'LICENSE', 'index.js', 'node-gyp-build.js'] },
];

/** The systems' keychains. */
export const keychainAddOns: readonly AddOn[] = [
  { name: '@napi-rs/keyring', files: ['package.json', 'LICENSE', 'index.js', 'keytar.js'] },
  {
    name: `@napi-rs/keyring-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : process.platform === 'win32' ? '-msvc' : ''}`,
    files: ['.'],
  },
];

/**
 * Lays out the add-ons that no bundle can hold, and what asks the system. What is there only for other processors is left out.
 * @returns files of their package folders, for licences
 */
export async function stageAddOns(folder: string, addOns: readonly AddOn[]): Promise<readonly string[]> {
  await stageNativeModules(folder);
  await mkdir(folder, { recursive: true });
  const sources: string[] = [];
  for (const { name, files } of addOns) {
    const source = dirname(require.resolve(`${name}/package.json`));
    for (const file of files) {
      // `bufferutil` has none for arm64 but on macOS, and does without.
      if (!existsSync(join(source, file)) && file.startsWith('prebuilds/')) continue;
      await cp(join(source, file), join(folder, name, file), { recursive: true, dereference: true });
    }
    sources.push(join(source, 'package.json'));
  }
  return needsNativeModules() ? [...sources, require.resolve('koffi/indirect')] : sources;
}
