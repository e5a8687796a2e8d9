import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium, openPreview } from '../support/renderer-preview/open-preview.ts';
import { type PreviewState, previewStates } from '../support/renderer-preview/preview-states.ts';
import { type ServedRenderer, serveRenderer } from '../support/renderer-preview/serve-renderer.ts';

// Each screen takes a second or two of axe-core, and much longer on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let renderer: ServedRenderer;
let browser: Browser;

beforeAll(async () => {
  [renderer, browser] = await Promise.all([serveRenderer(), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await renderer.close();
});

const looks = [
  { look: 'light and wide', colorScheme: 'light', viewport: { width: 1240, height: 800 } },
  { look: 'dark and narrow', colorScheme: 'dark', viewport: { width: 760, height: 900 } },
] as const;

/** Variants of what other states show already: one look is enough for them. */
const variants =
  /^long-names|^apis-(?:200|no-groups)|^api-page-(?:socket|docker|draining|request-empty)|^step-up-begun|^activity-step-up|^offline|^too-old|^revoked/;

function statesFor(look: string): (readonly [string, PreviewState])[] {
  return previewStates(Date.now())
    .filter(({ name }) => look === 'dark and narrow' || !variants.test(name))
    .map((state) => [state.name, state] as const);
}

/** Runs in the page: what scrolls sideways, or sticks out of what would have to. */
function tooWide(): string[] {
  return [...document.querySelectorAll('#root *')]
    .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowX))
    .filter((element) => element.scrollWidth > element.clientWidth)
    .map((element) => `${element.tagName} ${element.className}: ${element.scrollWidth} > ${element.clientWidth}`);
}

describe.each(looks)('every screen, $look', ({ look, colorScheme, viewport }) => {
  let context: BrowserContext;

  beforeAll(async () => {
    context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce' });
  });

  afterAll(async () => {
    await context.close();
  });

  test.each(statesFor(look))('%s: axe-core finds nothing and the page keeps to its policy', async (_name, state) => {
    const { page, complaints } = await openPreview(context, renderer.url, state);
    await page.evaluate(() =>
      Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
    );
    const { violations } = await new AxeBuilder({ page })
      .setLegacyMode(true)
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
    expect(found).toEqual([]);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(sideways).toBe(false);
    // As wide as a window of 880 pixels at 200 % (WCAG 1.4.10): nothing is cut off and nothing scrolls sideways.
    await page.setViewportSize({ width: 440, height: 800 });
    await expect.poll(() => page.evaluate(tooWide), { timeout: 60_000 }).toEqual([]);
    await page.close();
    expect(complaints).toEqual([]);
  });
});
