import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

/** Runs a command of an installed package. @throws Error when it fails */
export async function runPackage(
  packageName: string,
  bin: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const script = join(dirname(require.resolve(`${packageName}/package.json`)), bin);
  const child = spawn(process.execPath, [script, ...words], {
    cwd: project,
    // Standard output is for what was made.
    stdio: ['inherit', 2, 2],
    env: { ...process.env, ...env },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${packageName} ended with ${code ?? 'a signal'}.`);
}

/**
 * Makes the app’s directory by Forge: bundles, archive, fuses, add-ons, licences.
 * @param runtimeArchives folder with an archive of the runtime; without it, the runtime that is installed or downloaded
 * @param isSignedLater another step signs it, so that it says of itself that it is signed
 * @returns its path
 */
export async function makeDirectory(outDir: string, runtimeArchives?: string, isSignedLater = false): Promise<string> {
  // One app for both kinds of Mac.
  const arch = process.platform === 'darwin' ? 'universal' : process.arch;
  await runPackage('@electron-forge/cli', 'dist/electron-forge.js', ['package', '--arch', arch], {
    CAUSEWAY_PACKAGE_OUT: outDir,
    ...(isSignedLater ? { CAUSEWAY_SIGNED_LATER: 'yes' } : {}),
    ...(runtimeArchives === undefined ? {} : { CAUSEWAY_ELECTRON_ARCHIVES: runtimeArchives }),
  });
  return join(outDir, `Causeway-${process.platform}-${arch}`);
}
