import type { Browser, BrowserContext, Page } from 'playwright';
import type { CausewayBridge } from '../../../shared/ipc.ts';
import type { FakeBridgeControls } from './fake-bridge.ts';
import { launchChromium, openPreview } from './open-preview.ts';
import { previewStates } from './preview-states.ts';
import { serveRenderer } from './serve-renderer.ts';

declare global {
  interface Window {
    readonly causeway: CausewayBridge;
    readonly fakeBridge: FakeBridgeControls;
  }
}

/** The built renderer over a bridge that keeps what is asked of it, each state in a page of its own. */
export interface UsedPreview {
  readonly browser: Browser;
  readonly context: BrowserContext;
  /** Opens the state of this name. */
  open(name: string): Promise<Page>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export async function startUsedPreview(): Promise<UsedPreview> {
  const [renderer, browser] = await Promise.all([serveRenderer(), launchChromium()]);
  const context = await browser.newContext({ viewport: { width: 1240, height: 800 }, reducedMotion: 'reduce' });
  return {
    browser,
    context,
    async open(name) {
      const state = previewStates(Date.now()).find((each) => each.name === name);
      if (state === undefined) throw new Error(`There is no state ${name}`);
      return (await openPreview(context, renderer.url, state)).page;
    },
    async closePages() {
      for (const page of context.pages()) await page.close();
    },
    close: async () => void (await Promise.all([browser.close(), renderer.close()])),
  };
}

/** What was asked of the main process, apart from what is asked again and again. */
export function calls(page: Page): Promise<{ channel: string; argument: unknown }[]> {
  return page.evaluate(() =>
    window.fakeBridge.calls
      .filter(
        ({ channel }) =>
          !channel.endsWith(':get') && !['api:refresh-quotas', 'sessions:list', 'state:watch'].includes(channel),
      )
      .map((call) => structuredClone(call)),
  );
}

/** What was asked on a channel. */
export const callsOf = async (page: Page, wanted: string) =>
  (await calls(page)).filter(({ channel }) => channel === wanted);
/** On which channels something was asked. */
export const channels = async (page: Page) => (await calls(page)).map(({ channel }) => channel);

/** What has the focus, by its label or text. */
export const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');

/** Presses Tab until the focus is on what is called so. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${name}`);
}
