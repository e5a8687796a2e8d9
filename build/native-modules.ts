import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Where packaging takes them from; the folder is put beside the app's archive, where imports from within it find it. */
export const nativeModulesFolder = fileURLToPath(
  new URL('../node_modules/.cache/causeway-native/node_modules', import.meta.url),
);

/** What of koffi is used: how it is named, its licence, its loader, and the binaries for this system and processor. */
const loaderFiles = ['package.json', 'LICENSE.txt', 'indirect.js', 'src/koffi/indirect.js'];

/**
 * Whether anything of them is needed here: Linux' kernel is asked whose a connection is, and Windows' registry what IT has
 * set. On macOS the socket's file mode decides alone.
 */
export function needsNativeModules(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'linux' || platform === 'win32';
}

/** Lays out the add-ons that the main process loads when it needs them: no archive can hold a shared library. */
export async function stageNativeModules(folder = nativeModulesFolder): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  if (!needsNativeModules()) return;
  const koffi = dirname(require.resolve('koffi/indirect'));
  const target = join(folder, 'koffi');
  for (const file of loaderFiles) await cp(join(koffi, file), join(target, file), { dereference: true });
  const binaries = `@koromix/koffi-${process.platform}-${process.arch}`;
  await mkdir(join(folder, '@koromix'), { recursive: true });
  await cp(join(koffi, '..', binaries), join(folder, binaries), { recursive: true, dereference: true });
  // Node and Electron are of the GNU C library; the add-on for the other one is as large again. Nobody links against it.
  for (const name of [`musl_${process.arch}`, `win32_${process.arch}/koffi.lib`, `win32_${process.arch}/koffi.exp`])
    await rm(join(folder, binaries, name), { recursive: true, force: true });
  const found = await readdir(join(folder, binaries));
  if (found.length === 0) throw new Error(`${binaries} is empty.`);
}
