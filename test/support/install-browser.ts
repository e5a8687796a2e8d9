import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBrowserIfAny } from './find-browser.ts';

function run(command: string, commandArguments: readonly string[]): boolean {
  const result = spawnSync(command, commandArguments, { stdio: ['ignore', 'ignore', 'inherit'] });
  return result.status === 0;
}

/** Makes sure that there is a Chromium: Playwright's own, or Debian's package where that can be installed. Throws if not. */
export function installBrowser(say: (line: string) => void): void {
  if (findBrowserIfAny() !== null) return;
  say('Installing Chromium for the browser tests …');
  const debianRoot = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (debianRoot && run('apt-get', ['update', '-qq']) && run('apt-get', ['install', '-y', '-qq', 'chromium'])) return;
  const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js');
  if (run(process.execPath, [playwright, 'install', 'chromium']) && findBrowserIfAny() !== null) return;
  throw new Error(
    'Chromium can’t be installed: run “npx playwright install --with-deps chromium” or install it yourself.',
  );
}
