import { accessSync, constants, existsSync } from 'node:fs';
import { chromium } from 'playwright';

/** How to start Chromium through Playwright: `executablePath` only for a browser of the system. */
export interface BrowserLaunch {
  readonly executablePath?: string;
  readonly args: string[];
}

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there or not executable: both mean that it can't be used.
    return false;
  }
}

/** Like {@link findBrowser}, but null when there is no browser. */
export function findBrowserIfAny(): BrowserLaunch | null {
  const args = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Chromium's sandbox can't run as root; tests visit only their own pages on loopback.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  if (existsSync(chromium.executablePath())) return { args };
  const executablePath = [process.env['CHROMIUM_PATH'], ...systemBrowsers].find(
    (path) => path !== undefined && isExecutable(path),
  );
  return executablePath === undefined ? null : { executablePath, args };
}

/** Finds a Chromium for Playwright: its own, `CHROMIUM_PATH`, or the system's. Throws with what to install. */
export function findBrowser(): BrowserLaunch {
  const found = findBrowserIfAny();
  if (found === null) {
    throw new Error(
      'No Chromium found: run “npx playwright install chromium”, or on Debian “apt-get install chromium”.',
    );
  }
  return found;
}
