// Runs a script of this project under the pinned Node, on any machine with Node 20 or newer and npm:
//   node build/bootstrap.mjs SCRIPT.ts [ARGUMENTS…]
//   node build/bootstrap.mjs --bin NAME [ARGUMENTS…]
// Installs the dependencies first when they are missing or don't match the lock file. Plain JavaScript without
// dependencies, because it runs before there are any.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { relayNodeFlags } from '../relay/start/node-flags.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The packages of a lock file by their place, or null when the file can't be read. */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    // Missing or half-written: either way there is nothing to rely on.
    return null;
  }
}

/** Whether what is installed is what the lock file says; compares contents, so that time stamps don't matter. */
function isInstalled() {
  const wanted = readLock(join(root, 'package-lock.json'));
  const installed = readLock(join(modules, '.package-lock.json'));
  if (wanted === null || installed === null || !existsSync(pinnedNode)) return false;
  const missing = Object.entries(wanted).some(([place, entry]) => {
    if (place === '' || entry.link) return false;
    const present = installed[place];
    return present === undefined ? !entry.optional : present.version !== entry.version;
  });
  return !missing && Object.keys(installed).every((place) => wanted[place] !== undefined);
}

/** Runs npm quietly; tells whether it worked and what it said. */
function npm(npmArguments) {
  const script = process.env.npm_execpath;
  const isNpm = script !== undefined && basename(script) === 'npm-cli.js';
  const result = isNpm
    ? spawnSync(process.execPath, [script, ...npmArguments], { cwd: root, encoding: 'utf8' })
    : spawnSync('npm', npmArguments, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  const words = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`;
  return { worked: result.status === 0, words };
}

/** Installs what the lock file says. */
function install() {
  process.stderr.write('Installing dependencies as locked (once; takes about a minute) …\n');
  const quiet = ['--no-fund', '--no-audit', '--loglevel=error'];
  const first = npm(['ci', ...quiet]);
  // A registry mirror that lacks other platforms' optional packages makes “npm ci” refuse; this keeps to the lock too.
  const result = first.worked ? first : npm(['install', '--no-save', ...quiet]);
  if (!result.worked) {
    process.stderr.write(
      `${result.words}\nThe installation failed. Check the network and the npm registry, then try again.\n`,
    );
    process.exit(1);
  }
  if (existsSync(pinnedNode)) return;
  // Install scripts may be switched off; the pinned Node needs its own one.
  const rebuilt = npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (existsSync(pinnedNode)) return;
  process.stderr.write(
    `${rebuilt.words}\nThe pinned Node isn’t at ${pinnedNode}: allow the install script of the package “node”.\n`,
  );
  process.exit(1);
}

/** The script behind a package's command. */
function findBin(name) {
  for (const [place, entry] of Object.entries(readLock(join(modules, '.package-lock.json')) ?? {})) {
    const path = entry.bin?.[name];
    // Only top-level packages: nested ones are some other package's own.
    if (path !== undefined && place.lastIndexOf('node_modules/') === 0) return join(root, place, path);
  }
  process.stderr.write(`No installed package has the command “${name}”.\n`);
  return process.exit(1);
}

const [first, ...rest] = process.argv.slice(2);
if (first === undefined || (first === '--bin' && rest[0] === undefined)) {
  process.stderr.write('Usage: node build/bootstrap.mjs SCRIPT.ts [ARGUMENTS…] | --bin NAME [ARGUMENTS…]\n');
  process.exit(2);
}
if (!isInstalled()) install();

// A relay that serves shows the console of the present sources; without it, it serves all the same and says so.
const serves = first === 'relay/start/main.ts' && /^(?:serve|-(?!.*help).*|)$/.test(rest[0] ?? '');
if (serves) spawnSync(pinnedNode, [join(root, 'build/console.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });

const flags = first === 'relay/start/main.ts' ? relayNodeFlags : [];
const nodeArguments = first === '--bin' ? [findBin(rest[0]), ...rest.slice(1)] : [...flags, join(root, first), ...rest];
const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
const binFolders = [join(modules, 'node', 'bin'), join(modules, '.bin')];
const child = spawn(pinnedNode, nodeArguments, {
  stdio: 'inherit',
  env: { ...process.env, [pathName]: [...binFolders, process.env[pathName] ?? ''].join(delimiter) },
});

// A terminal sends Ctrl+C to the child as well; elsewhere it must be passed on.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
