import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stageNativeModules } from '../native-modules.ts';

const require = createRequire(import.meta.url);

/** Of each package, what is needed to run it here. */
const packages = [
  {
    name: 'bufferutil',
    files: ['package.json', 'LICENSE', 'index.js', 'fallback.js', `prebuilds/${process.platform}-${process.arch}`],
  },
  { name: 'node-gyp-build', files: ['package.json', 'LICENSE', 'index.js', 'node-gyp-build.js'] },
] as const;

/**
 * Lays out the add-ons that no bundle can hold: masking of WebSocket frames, and what tells the service manager.
 * @returns their package folders, for licences
 */
export async function stageAddOns(folder: string): Promise<readonly string[]> {
  await stageNativeModules(folder);
  // The pinned Node is of the GNU C library; the add-on for the other one is as large again.
  await rm(join(folder, `@koromix/koffi-${process.platform}-${process.arch}/musl_${process.arch}`), {
    recursive: true,
    force: true,
  });
  await mkdir(folder, { recursive: true });
  const sources: string[] = [];
  for (const { name, files } of packages) {
    const source = dirname(require.resolve(`${name}/package.json`));
    for (const file of files) {
      await cp(join(source, file), join(folder, name, file), { recursive: true, dereference: true });
    }
    sources.push(join(source, 'index.js'));
  }
  return process.platform === 'linux' ? [...sources, require.resolve('koffi/indirect')] : sources;
}
