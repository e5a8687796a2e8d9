import type { Browser, Page } from 'playwright';
import { bridgeInputOf, runSteps } from './open-preview.ts';
import type { PreviewPage } from './preview-page.ts';
import type { PreviewState } from './preview-states.ts';

/** How the window is looked at: by size, theme and what the system asks for. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly theme?: 'light' | 'dark';
  readonly forcedColors?: boolean;
  readonly moreContrast?: boolean;
  readonly direction?: 'ltr' | 'rtl';
}

/** One page of the real renderer that goes from state to state and from look to look without being loaded again. */
export interface PreviewWindow {
  readonly page: Page;
  /** Violations of the content security policy and errors on the console since the state was shown. */
  readonly complaints: readonly string[];
  /** Shows a state, in the look that was set last, and waits until nothing moves. */
  show(state: PreviewState): Promise<void>;
  look(look: Look): Promise<void>;
}

/** Opens the window over a renderer that was served with `serveRenderer([entryForLooks])`. */
export async function openPreviewWindow(browser: Browser, url: string): Promise<PreviewWindow> {
  const page = await browser.newPage({ reducedMotion: 'reduce' });
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.waitForFunction(() => 'previewPage' in window);
  return {
    page,
    complaints,
    async show(state) {
      complaints.length = 0;
      await page.mouse.move(0, 0);
      await page.evaluate(
        (input) => (window as unknown as { readonly previewPage: PreviewPage }).previewPage.show(input),
        bridgeInputOf(state),
      );
      await runSteps(page, state);
      await settle(page);
    },
    async look({ width, height, theme = 'light', forcedColors = false, moreContrast = false, direction = 'ltr' }) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({
        colorScheme: theme,
        forcedColors: forcedColors ? 'active' : 'none',
        contrast: moreContrast ? 'more' : 'no-preference',
        reducedMotion: 'reduce',
      });
      await page.evaluate((dir) => {
        document.documentElement.dir = dir;
      }, direction);
      await settle(page);
    },
  };
}

/** Waits until two frames have been painted and no animation runs. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
  });
}
