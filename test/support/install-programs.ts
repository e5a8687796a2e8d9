import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findBrowserIfAny } from './find-browser.ts';
import { findRedis } from './start-redis.ts';

function run(command: string, commandArguments: readonly string[]): boolean {
  const result = spawnSync(command, commandArguments, { stdio: ['ignore', 'ignore', 'inherit'] });
  return result.status === 0;
}

const isDebianRoot = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

function installPackage(name: string): boolean {
  return isDebianRoot && run('apt-get', ['update', '-qq']) && run('apt-get', ['install', '-y', '-qq', name]);
}

/** Makes sure that there is a Redis for the tests of shared counters; says so in one line where there can't be one. */
export function installRedis(say: (line: string) => void): void {
  if (findRedis() !== null) return;
  say('Installing Redis for the tests of shared counters …');
  if (!installPackage('redis-server')) say('There is no redis-server here: its tests are listed as skipped.');
}

/** Makes sure that there are curl and wrk, which tests drive the relay with; names in one line what there can't be. */
export function installLoadPrograms(say: (line: string) => void): void {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of ['curl', 'wrk']) {
    if (folders.some((folder) => existsSync(join(folder, name)))) continue;
    say(`Installing ${name} for the tests that use it …`);
    if (!installPackage(name)) say(`There is no ${name} here: its tests are listed as skipped.`);
  }
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
