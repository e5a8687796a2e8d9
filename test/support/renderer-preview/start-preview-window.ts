import type { Browser } from 'playwright';
import type { Plugin } from 'vite';
import type { Snapshot } from '../../../shared/snapshot.ts';
import type { FakeBridgeControls } from './fake-bridge.ts';
import { launchChromium } from './open-preview.ts';
import { named, type Naming } from './namings.ts';
import { lookStates } from './look-states.ts';
import { type Look, openPreviewWindow, type PreviewWindow } from './preview-window.ts';
import { entryForLooks, serveRenderer } from './serve-renderer.ts';

/** The window of a test file, with a browser and the built renderer of its own. */
export interface StartedWindow extends PreviewWindow {
  readonly browser: Browser;
  /** Shows the state of this name, filled in one of the ways that there are. */
  showNamed(name: string, naming?: Naming): Promise<void>;
  /** Tells the window of another state of the main process. */
  push(snapshot: Snapshot): Promise<void>;
  close(): Promise<void>;
}

/** @param plugins change what is built */
export async function startPreviewWindow(look?: Look, plugins: readonly Plugin[] = []): Promise<StartedWindow> {
  const [renderer, browser] = await Promise.all([serveRenderer([...plugins, entryForLooks]), launchChromium()]);
  const shown = await openPreviewWindow(browser, renderer.url);
  if (look !== undefined) await shown.look(look);
  return {
    ...shown,
    browser,
    async showNamed(name, naming = 'normal') {
      const state = lookStates(Date.now()).find((each) => each.name === name);
      const filled = state === undefined ? null : named(state, naming);
      if (filled === null) throw new Error(`There is no state ${name}`);
      await shown.show(filled.state, filled.nameIn);
    },
    push: (snapshot) =>
      shown.page.evaluate(
        (pushed) => (window as unknown as { readonly fakeBridge: FakeBridgeControls }).fakeBridge.pushState(pushed),
        snapshot,
      ),
    close: async () => void (await Promise.all([browser.close(), renderer.close()])),
  };
}
