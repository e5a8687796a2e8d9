import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findBrowserIfAny } from './find-browser.ts';
import { findPostgres } from './start-postgres.ts';
import { findRedis } from './start-redis.ts';

function run(command: string, commandArguments: readonly string[]): boolean {
  const result = spawnSync(command, commandArguments, { stdio: ['ignore', 'ignore', 'inherit'] });
  return result.status === 0;
}

const isDebianRoot = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

function installPackage(name: string): boolean {
  return isDebianRoot && run('apt-get', ['update', '-qq']) && installPackages([name]);
}

function installPackages(names: readonly string[]): boolean {
  return isDebianRoot && run('apt-get', ['install', '-y', '-qq', ...names]);
}

/** Makes sure that there is a Redis for the tests of shared counters; says so in one line where there can't be one. */
export function installRedis(say: (line: string) => void): void {
  if (findRedis() !== null) return;
  say('Installing Redis for the tests of shared counters …');
  if (!installPackage('redis-server')) say('There is no redis-server here: its tests are listed as skipped.');
}

/** Likewise a PostgreSQL for the tests of shared storage. */
export function installPostgres(say: (line: string) => void): void {
  if (findPostgres() !== null) return;
  say('Installing PostgreSQL for the tests of shared storage …');
  if (!installPackage('postgresql')) say('There is no PostgreSQL here: its tests are listed as skipped.');
}

/** Programs that tests drive, each with the Debian package that has it, and what it needs besides. */
const driven = {
  curl: 'curl',
  java: 'default-jdk-headless',
  wrk: 'wrk',
  nginx: 'nginx-light',
  haproxy: 'haproxy',
  caddy: 'caddy',
  unzip: 'unzip',
  'dbus-run-session': 'dbus',
  'gnome-keyring-daemon': 'gnome-keyring',
  // Brings rsyslog itself.
  rsyslogd: 'rsyslog-gnutls',
  // Sign and make packages for other systems.
  '7z': 'p7zip-full',
  appstreamcli: 'appstream',
  cpio: 'cpio',
  createrepo_c: 'createrepo-c',
  'desktop-file-validate': 'desktop-file-utils',
  dnf: 'dnf',
  gpg: 'gpg',
  gpgv: 'gpgv',
  makensis: 'nsis',
  minisign: 'minisign',
  promtool: 'prometheus',
  msiextract: 'msitools',
  mksquashfs: 'squashfs-tools',
  osslsigncode: 'osslsigncode',
  rpmsign: 'rpm',
  'softhsm2-util': 'softhsm2 libengine-pkcs11-openssl',
  wixl: 'wixl',
  xorriso: 'xorriso',
} as const;

/** Where a program is, or null when it isn't on this machine. */
export function findProgram(name: keyof typeof driven): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Likewise modules of Debian’s Python. */
const pythonModules = { http: 'python3', grpc: 'python3-grpcio' } as const;

/** Whether Debian’s Python has a module. */
export function hasPythonModule(name: keyof typeof pythonModules): boolean {
  return spawnSync('/usr/bin/python3', ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;
}

/** Makes sure that there are the programs that tests drive, all at once; names in one line what there can't be. */
export function installDrivenPrograms(say: (line: string) => void): void {
  const missing = (): readonly (readonly [name: string, debianPackages: string])[] => [
    ...Object.entries(driven).filter(([name]) => findProgram(name as keyof typeof driven) === null),
    ...Object.entries(pythonModules).filter(([name]) => !hasPythonModule(name as keyof typeof pythonModules)),
  ];
  const packages = [...new Set(missing().flatMap(([, debianPackages]) => debianPackages.split(' ')))];
  if (packages.length === 0) return;
  say(`Installing ${packages.join(', ')} for the tests that use them …`);
  if (isDebianRoot) run('apt-get', ['update', '-qq']);
  // One that can't be had is not to keep the others away.
  if (!installPackages(packages)) for (const each of packages) installPackages([each]);
  for (const [name] of missing()) say(`There is no ${name} here: its tests are listed as skipped.`);
}

/** Makes sure that there is a Chromium: Playwright's own, or Debian's package where that can be installed. Throws if not. */
export function installBrowser(say: (line: string) => void): void {
  if (findBrowserIfAny() !== null) return;
  say('Installing Chromium for the browser tests …');
  if (installPackage('chromium')) return;
  const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js');
  if (run(process.execPath, [playwright, 'install', 'chromium']) && findBrowserIfAny() !== null) return;
  throw new Error(
    'Chromium can’t be installed: run “npx playwright install --with-deps chromium” or install it yourself.',
  );
}
