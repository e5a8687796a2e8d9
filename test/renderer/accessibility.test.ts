import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { axeFindings, lookRules } from '../support/looks/axe-in-page.ts';
import { layoutFaults } from '../support/looks/layout-faults.ts';
import { launchChromium } from '../support/renderer-preview/open-preview.ts';
import { lookStates } from '../support/renderer-preview/look-states.ts';
import { type Look, openPreviewWindow, type PreviewWindow } from '../support/renderer-preview/preview-window.ts';
import { entryForLooks, type ServedRenderer, serveRenderer } from '../support/renderer-preview/serve-renderer.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let renderer: ServedRenderer;
let browser: Browser;
let shown: PreviewWindow;

beforeAll(async () => {
  [renderer, browser] = await Promise.all([serveRenderer([entryForLooks]), launchChromium()]);
  shown = await openPreviewWindow(browser, renderer.url);
});

afterAll(async () => {
  await browser.close();
  await renderer.close();
});

/** Sizes at which each state is laid out; 720 × 450 is a window of 1440 × 900 at 200 % (WCAG 1.4.10). */
const sizes = [
  { width: 1440, height: 900 },
  { width: 960, height: 700 },
  { width: 720, height: 450 },
  { width: 440, height: 800 },
] as const;

const states = lookStates(Date.now()).map((state) => [state.name, state] as const);

/** Every size from the left, the narrowest and a middle one from the right, too. */
const looks: readonly Look[] = [
  ...sizes,
  { width: 960, height: 700, direction: 'rtl' },
  { width: 440, height: 800, direction: 'rtl' },
];

describe('every state of every screen', () => {
  test.each(states)('%s: axe-core finds nothing and nothing is cut, hidden or covered', async (name, state) => {
    await shown.look({ width: 1240, height: 800 });
    await shown.show(state);
    expect(await axeFindings(shown.page, 'all')).toEqual([]);
    await shown.look({ width: 760, height: 900, theme: 'dark' });
    // Colours that are on their way to another theme may be near each other for a moment.
    await expect.poll(() => axeFindings(shown.page, lookRules), { timeout: 30_000 }).toEqual([]);
    const allowance = { longNames: name.startsWith('long-names') };
    for (const look of looks) {
      await shown.look(look);
      const faults = () => shown.page.evaluate(layoutFaults, allowance);
      await expect.poll(faults, { timeout: 30_000, message: JSON.stringify(look) }).toEqual([]);
    }
    expect(shown.complaints).toEqual([]);
  });
});
