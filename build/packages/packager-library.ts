import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Loads a library in the version that Electron’s packager works with. The caller says what it takes of it. */
export async function packagerLibrary<Library>(name: string): Promise<Library> {
  const packager = createRequire(createRequire(import.meta.url).resolve('@electron/packager'));
  return (await import(pathToFileURL(packager.resolve(name)).href)) as Library;
}
