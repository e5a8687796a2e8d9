import { once } from 'node:events';
import { mkdirSync, readlinkSync, rmSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContext, type Page, type Request as PageRequest, type Route, chromium } from 'playwright';
import { findBrowser } from '../find-browser.ts';
import { toAppAddress } from './address.ts';
import { app } from './app.ts';
import { tell } from './control.ts';
import { ipcMain } from './ipc-main.ts';
import { invokeBinding } from './preload-script.ts';
import { answerScheme } from './protocol.ts';
import type { StandInWebContents } from './web-contents.ts';

let context: BrowserContext | null = null;
const contentsByPage = new Map<Page, StandInWebContents>();
let making = 0;

/** The running browser; throws before the app is ready, as making a window in Electron does. */
function running(): BrowserContext {
  if (context === null) throw new Error('Cannot create BrowserWindow before app is ready');
  return context;
}

/** Starts Chromium with its profile in the app's user-data folder, and routes what its pages ask for. */
export async function startBrowser(): Promise<void> {
  const profile = join(app.getPath('userData'), 'Chromium');
  const launch = findBrowser();
  // What an earlier run has left would name a port that is somebody else's by now.
  mkdirSync(profile, { recursive: true });
  rmSync(join(profile, 'DevToolsActivePort'), { force: true });
  const headless = process.env['ELECTRON_STAND_IN_HEADED'] !== '1';
  context = await chromium.launchPersistentContext(profile, {
    ...launch,
    // Each page's size is its window's; colours follow nativeTheme.
    viewport: null,
    colorScheme: null,
    headless,
    // The app quits in its own order; the browser goes last.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [...launch.args, '--remote-debugging-port=0', ...(headless ? [] : ['--window-size=1240,800'])],
  });
  context.setDefaultTimeout(60_000);
  await context.exposeBinding(invokeBinding, ({ frame, page }, channel: string, args: unknown[]) => {
    const sender = contentsByPage.get(page);
    const senderFrame = {
      url: toAppAddress(frame.url()),
      parent: frame.parentFrame(),
      isDestroyed: () => frame.isDetached(),
    };
    const event = { sender, senderFrame, type: 'frame' } as unknown as Electron.IpcMainInvokeEvent;
    return ipcMain.invoke(event, channel, args);
  });
  await context.route('**/*', answerRoute);
  context.on('page', (page) => {
    if (making === 0) void refusePopup(page);
  });
  tell({ type: 'browser', endpoint: `http://127.0.0.1:${await devToolsPort(profile)}`, pid: browserPid(profile) });
}

/** The port that Chromium has written into its profile, once it has. */
async function devToolsPort(profile: string): Promise<string> {
  const watcher = watch(profile);
  const signal = AbortSignal.timeout(60_000);
  try {
    for (;;) {
      // Watched before it is read, so that no change is missed in between.
      const change = once(watcher, 'change', { signal });
      change.catch(() => undefined);
      const text = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
      const [port = '', ...rest] = text.split('\n');
      if (port !== '' && rest.length > 0) return port;
      await change;
    }
  } finally {
    watcher.close();
  }
}

/** The lock of Chromium's profile is a link to “<host>-<pid>”; there is none on Windows. */
function browserPid(profile: string): number | null {
  try {
    return Number(readlinkSync(join(profile, 'SingletonLock')).split('-').at(-1));
  } catch (cause) {
    if (process.platform === 'win32') return null;
    throw cause;
  }
}

/** Ends Chromium. */
export async function stopBrowser(): Promise<void> {
  await context?.close();
  context = null;
}

/** A page for a window; the browser's first, empty one is used up before others are made. */
export async function makePage(contents: StandInWebContents): Promise<Page> {
  making += 1;
  try {
    const spare = running()
      .pages()
      .find((page) => !contentsByPage.has(page) && page.url() === 'about:blank');
    const page = spare ?? (await running().newPage());
    contentsByPage.set(page, contents);
    page.once('close', () => contentsByPage.delete(page));
    return page;
  } finally {
    making -= 1;
  }
}

/** A window that a page opened by itself: the app decides, and Electron's answer is no window at all. */
async function refusePopup(page: Page): Promise<void> {
  const opener = await page.opener();
  const contents = opener === null ? [...contentsByPage.values()][0] : contentsByPage.get(opener);
  if (contents?.allowsWindow(toAppAddress(page.url())) !== true) await page.close();
}

/** The window that asks; none for the first request of a page opened by a page, which has no frame yet. */
function windowOf(request: PageRequest): StandInWebContents | undefined {
  try {
    return contentsByPage.get(request.frame().page());
  } catch (cause) {
    if (request.isNavigationRequest()) return undefined;
    throw cause;
  }
}

async function answerRoute(route: Route): Promise<void> {
  const request = route.request();
  const url = toAppAddress(request.url());
  const contents = windowOf(request);
  // A page that a page opened: it gets nothing to show until the app has been asked.
  if (contents === undefined) return route.fulfill({ status: 200, contentType: 'text/html', body: '' });
  if (request.isNavigationRequest()) {
    const main = request.frame().parentFrame() === null;
    const details = { url, isMainFrame: main };
    const prevented =
      contents.emitPreventable('will-frame-navigate', details) ||
      (main && contents.emitPreventable('will-navigate', details));
    if (prevented) return route.abort('aborted');
  }
  if (!url.startsWith('app:')) return route.continue();
  const answer = await answerScheme(url, request.method());
  return route.fulfill({
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: Buffer.from(await answer.arrayBuffer()),
  });
}
