import type { Page } from 'playwright';
import { PreventableEmitter, record } from './control.ts';
import { emitFunction } from './preload-script.ts';

type OpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0];
type OpenDetails = Parameters<OpenHandler>[0];

/** Electron's `webContents` of one page: sends to it, and asks the app about navigation and new windows. */
export class StandInWebContents
  extends PreventableEmitter
  implements Pick<Electron.WebContents, 'send' | 'setWindowOpenHandler'>
{
  #page: Page | null = null;
  #openHandler: OpenHandler | null = null;

  attach(page: Page | null): void {
    this.#page = page;
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  /** Whether the app lets a page open a window; without a handler Electron would. */
  allowsWindow(url: string): boolean {
    const action = this.#openHandler?.({ url } as OpenDetails).action ?? 'allow';
    record('webContents.windowOpen', url, action);
    return action === 'allow';
  }

  send(channel: string, ...args: unknown[]): void {
    const page = this.#page;
    if (page === null || page.isClosed()) return;
    page
      .evaluate(
        ([name, event, payload]) =>
          (globalThis as unknown as Record<string, ((event: string, payload: unknown) => void) | undefined>)[name]?.(
            event,
            payload,
          ),
        [emitFunction, channel, args] as const,
      )
      // A page that navigates or closes meanwhile gets the whole state anew.
      .catch((cause: unknown) => record('webContents.didNotReceive', channel, String(cause)));
  }
}
