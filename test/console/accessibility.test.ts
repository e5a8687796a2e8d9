import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { consoleStates } from '../support/console-preview/console-states.ts';
import { type ConsoleWindow, openConsoleWindow } from '../support/console-preview/open-console.ts';
import { type ServedConsole, serveConsole } from '../support/console-preview/serve-console.ts';
import { axeFindings, lookRules } from '../support/looks/axe-in-page.ts';
import { launchChromium } from '../support/renderer-preview/open-preview.ts';

// Each page takes a second or two of axe-core, and much longer on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let served: ServedConsole;
let browser: Browser;

beforeAll(async () => {
  [served, browser] = await Promise.all([serveConsole(), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

const narrow = { width: 360, height: 780 };
const wide = { width: 1440, height: 900 };

/** Variants of what other states show already: one look is enough for them. */
const variants = /-(?:none|missing|drain|reload|end|lock|looked-at|proof|broken|other)$|^no-right|^not-found/;

const states = consoleStates(Date.now()).map((state) => [state.name, state] as const);

/** Runs in the page: what sticks out of the window, or scrolls sideways without being asked to. */
function tooWide(): string[] {
  const { clientWidth } = document.documentElement;
  const out = [...document.querySelectorAll('#root *')].filter((element) => {
    const { right, width, height } = element.getBoundingClientRect();
    return (
      width > 1 && height > 1 && right > clientWidth + 1 && element.closest('[role="grid"], details, .sr-only') === null
    );
  });
  const scrolls = [...document.querySelectorAll('#root *')]
    .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowX))
    .filter((element) => element.closest('details') === null && element.scrollWidth > element.clientWidth);
  return [...out, ...scrolls].map((element) => `${element.tagName} ${element.className}`);
}

describe('every page', () => {
  let shown: ConsoleWindow;

  beforeAll(async () => {
    const context = await browser.newContext({ colorScheme: 'dark', viewport: narrow, reducedMotion: 'reduce' });
    shown = await openConsoleWindow(context);
  });

  test.each(states)(
    '%s: axe-core finds nothing, nothing is cut off, and it keeps to its policy',
    async (name, { path, answers, shows, steps = [] }) => {
      const { page, complaints } = shown;
      await page.setViewportSize(narrow);
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      await shown.show(new URL(path, served.url).href, answers);
      for (const step of steps) await page.getByRole(step.role, { name: step.name, exact: true }).first().click();
      await page.getByText(shows).first().waitFor({ state: 'attached' });
      await page.evaluate(() =>
        Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
      );
      await expect.poll(() => axeFindings(page, 'all')).toEqual([]);
      await expect.poll(() => page.evaluate(tooWide)).toEqual([]);
      if (!variants.test(name)) {
        await page.setViewportSize(wide);
        await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
        // Colours that are on their way to another theme may be near each other for a moment.
        await expect.poll(() => axeFindings(page, lookRules)).toEqual([]);
        await expect.poll(() => page.evaluate(tooWide)).toEqual([]);
      }
      expect(complaints).toEqual([]);
    },
  );
});
