import type { Browser, Page } from 'playwright';
import { withoutTransitions } from '../looks/without-transitions.ts';
import { bridgeInputOf, runSteps } from './open-preview.ts';
import type { PreviewPage } from './preview-page.ts';
import type { PreviewState } from './preview-state.ts';

/** How the window is looked at: by size, theme and what the system asks for. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly theme?: 'light' | 'dark';
  readonly forcedColors?: boolean;
  readonly moreContrast?: boolean;
  readonly direction?: 'ltr' | 'rtl';
}

/** Sizes at which each state is laid out; 720 × 450 is a window of 1440 × 900 at 200 % (WCAG 1.4.10). */
export const sizes = {
  440: { width: 440, height: 800 },
  720: { width: 720, height: 900 },
  960: { width: 960, height: 700 },
  1440: { width: 1440, height: 900 },
  '200%': { width: 720, height: 450 },
} as const;

/** What the system may ask of the colours. */
export const colours = {
  light: { theme: 'light' },
  dark: { theme: 'dark' },
  forced: { theme: 'light', forcedColors: true },
} as const;

/** One page of the real renderer that goes from state to state and from look to look without being loaded again. */
export interface PreviewWindow {
  readonly page: Page;
  /** Violations of the content security policy and errors on the console since the state was shown. */
  readonly complaints: readonly string[];
  /**
   * Shows a state, in the look that was set last, and waits until nothing moves; `nameIn` as that of `runSteps`.
   */
  show(state: PreviewState, nameIn?: (name: string | RegExp) => string | RegExp): Promise<void>;
  look(look: Look): Promise<void>;
}

/** Opens the window over a renderer that was served with `serveRenderer([entryForLooks])`. */
export async function openPreviewWindow(browser: Browser, url: string): Promise<PreviewWindow> {
  const page = await browser.newPage({ reducedMotion: 'reduce' });
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  let lastMedia = '';
  let lastSize = '';
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await withoutTransitions(page);
  await page.goto(url);
  await page.waitForFunction(() => 'previewPage' in window);
  return {
    page,
    complaints,
    async show(state, nameIn) {
      complaints.length = 0;
      await page.mouse.move(0, 0);
      await page.evaluate(
        (input) => (window as unknown as { readonly previewPage: PreviewPage }).previewPage.show(input),
        bridgeInputOf(state),
      );
      await runSteps(page, state, nameIn);
      await settle(page);
    },
    async look({ width, height, theme = 'light', forcedColors = false, moreContrast = false, direction = 'ltr' }) {
      const media = `${theme} ${forcedColors} ${moreContrast}`;
      if (media !== lastMedia) {
        await page.emulateMedia({
          colorScheme: theme,
          forcedColors: forcedColors ? 'active' : 'none',
          contrast: moreContrast ? 'more' : 'no-preference',
          reducedMotion: 'reduce',
        });
      }
      lastMedia = media;
      const size = `${width} ${height}`;
      if (size !== lastSize) await page.setViewportSize({ width, height });
      lastSize = size;
      await settle(page, direction);
    },
  };
}

/**
 * Sets the direction, if one is given, and waits until two frames have been painted and nothing that is drawn moves. What
 * is left out of drawing (content-visibility) stands still in the middle of a transition, for as long as it is left out.
 */
async function settle(page: Page, direction: 'ltr' | 'rtl' | null = null): Promise<void> {
  await page.evaluate(async (dir) => {
    if (dir !== null) document.documentElement.dir = dir;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const isDrawn = ({ effect }: Animation): boolean =>
      !(effect instanceof KeyframeEffect) || effect.target?.checkVisibility({ contentVisibilityAuto: true }) === true;
    for (let frames = 0; frames < 2; frames += 1) await frame();
    while (document.getAnimations().some((one) => one.playState === 'running' && isDrawn(one))) await frame();
  }, direction);
}
