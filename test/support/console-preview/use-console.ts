import type { Browser } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium } from '../renderer-preview/open-preview.ts';
import { type ServedConsole, serveConsole } from './serve-console.ts';

/** The console’s pages and a Chromium, for all tests of a file; there once they begin. */
export function useConsole(): { readonly served: ServedConsole; readonly browser: Browser } {
  let served: ServedConsole | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    [served, browser] = await Promise.all([serveConsole(), launchChromium()]);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  const there = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error('The console is there once the tests begin.');
    return part;
  };
  return {
    get served() {
      return there(served);
    },
    get browser() {
      return there(browser);
    },
  };
}
