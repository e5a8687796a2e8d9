import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { AccessError } from '../shared/errors.ts';
import { isOneProgram } from '../shared/managed/browser-program.ts';
import { text } from '../shared/messages/text.ts';

/**
 * How a browser that IT has chosen is started with a page: on macOS, an app’s name will do.
 * @throws AccessError `bad-config` for what isn’t the full path of a program
 */
export function browserCommand(
  browser: string,
  url: string,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] {
  if (!isOneProgram(browser, platform)) throw new AccessError('bad-config', text('main.no-browser', { browser }));
  if (platform === 'darwin' && (!isAbsolute(browser) || browser.endsWith('.app')))
    return ['/usr/bin/open', '-a', browser, url];
  return [browser, url];
}

/** Starts the browser and leaves it to itself. @throws AccessError `bad-config` when there is no such program */
export async function startBrowser(browser: string, url: string): Promise<void> {
  const [program, ...args] = browserCommand(browser, url, process.platform);
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  const started = Promise.withResolvers<void>();
  child.once('spawn', started.resolve);
  child.once('error', (cause) => {
    started.reject(new AccessError('bad-config', text('main.no-browser', { browser }), { cause }));
  });
  child.unref();
  await started.promise;
}
