import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from './build-app.ts';
import { ensureElectron } from './electron-runtime.ts';
import { stageNativeModules } from './native-modules.ts';
import { verifyBundles } from './verify-bundles.ts';

// `npm run package`: bundles, then the app's directory by Forge, then installers by electron-builder.
// `--dir` stops at the directory. Where Electron's runtime can't be had, bundles are built and checked, and it fails.
const project = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

async function run(packageName: string, bin: string, ...args: readonly string[]): Promise<void> {
  const script = join(dirname(require.resolve(`${packageName}/package.json`)), bin);
  const child = spawn(process.execPath, [script, ...args], { cwd: project, stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${packageName} ended with ${code ?? 'a signal'}.`);
}

const app = await buildApp();
const problems = await verifyBundles(app);
for (const problem of problems) console.error(problem);
console.log(
  `Bundles of main, preload and window ${problems.length === 0 ? 'are built and pass their checks' : 'are faulty'}: ${app.dir}`,
);
if (problems.length > 0) process.exit(1);

const runtime = await ensureElectron();
if (runtime.status === 'missing') {
  console.error(
    `No app directory and no installers were made: ${runtime.reason} ELECTRON_MIRROR names another place to get it from.`,
  );
  process.exit(2);
}
await stageNativeModules();
await run('@electron-forge/cli', 'dist/electron-forge.js', 'package');
if (!process.argv.includes('--dir')) {
  const directory = join('out', `Causeway-${process.platform}-${process.arch}`);
  const prepackaged = process.platform === 'darwin' ? join(directory, 'Causeway.app') : directory;
  await run(
    'electron-builder',
    'cli.js',
    '--prepackaged',
    prepackaged,
    '--config',
    'build/electron-builder.config.ts',
    '--publish',
    'never',
  );
}
