import { readFileSync } from 'node:fs';
import type { ConsoleMessage, Page } from 'playwright';
import { toPageAddress } from './address.ts';
import { app } from './app.ts';
import { makePage, startBrowser, stopBrowser } from './browser.ts';
import { PreventableEmitter, onTrigger, record, tell } from './control.ts';
import { wrapPreload } from './preload-script.ts';
import { nativeTheme } from './system.ts';
import { StandInWebContents } from './web-contents.ts';

type WindowApi = Pick<
  Electron.BrowserWindow,
  | 'loadURL'
  | 'show'
  | 'hide'
  | 'focus'
  | 'close'
  | 'maximize'
  | 'restore'
  | 'isMaximized'
  | 'isMinimized'
  | 'isDestroyed'
  | 'getNormalBounds'
  | 'setBackgroundColor'
>;

const windows = new Set<BrowserWindow>();

/** Electron's `BrowserWindow`: a page of Chromium with the preload injected before each load. */
export class BrowserWindow extends PreventableEmitter implements WindowApi {
  readonly webContents = new StandInWebContents();
  readonly #options: Electron.BrowserWindowConstructorOptions;
  readonly #page: Promise<Page>;
  #destroyed = false;
  #maximized = false;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    this.#options = options;
    record('BrowserWindow', options);
    windows.add(this);
    app.emit('web-contents-created', {}, this.webContents);
    this.#page = this.#prepare();
  }

  async #prepare(): Promise<Page> {
    const page = await makePage(this.webContents);
    this.webContents.attach(page);
    const preload = this.#options.webPreferences?.preload;
    if (preload !== undefined) await page.addInitScript(wrapPreload(readFileSync(preload, 'utf8'), process.platform));
    if (process.env['ELECTRON_STAND_IN_HEADED'] !== '1') {
      await page.setViewportSize({ width: this.#options.width ?? 800, height: this.#options.height ?? 600 });
    }
    page.on('pageerror', (error) => record('page.error', error.message));
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error') record('page.console', message.text());
    });
    page.once('close', () => this.#didLosePage());
    await this.followTheme(page);
    return page;
  }

  async followTheme(page?: Page): Promise<void> {
    const target = page ?? (await this.#page);
    if (!target.isClosed()) {
      await target.emulateMedia({ colorScheme: nativeTheme.shouldUseDarkColors ? 'dark' : 'light' });
    }
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.#page;
    await page.goto(toPageAddress(url), { waitUntil: 'load' });
    this.emit('ready-to-show');
    tell({ type: 'window', url: page.url() });
  }

  show(): void {
    record('BrowserWindow.show');
  }

  hide(): void {
    record('BrowserWindow.hide');
  }

  focus(): void {
    record('BrowserWindow.focus');
  }

  maximize(): void {
    this.#maximized = true;
  }

  restore(): void {
    record('BrowserWindow.restore');
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  isMinimized(): boolean {
    return false;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  getNormalBounds(): Electron.Rectangle {
    const { x = 0, y = 0, width = 800, height = 600 } = this.#options;
    return { x, y, width, height };
  }

  setBackgroundColor(color: string): void {
    record('BrowserWindow.setBackgroundColor', color);
  }

  close(): void {
    void this.closeUnlessPrevented();
  }

  /** Asks the app as a click on the window's close button does; true when the window has gone. */
  async closeUnlessPrevented(): Promise<boolean> {
    if (this.#destroyed) return true;
    if (this.emitPreventable('close', {})) return false;
    this.#destroy();
    await (await this.#page).close();
    return true;
  }

  /** The person closed Chromium's own window: what the app would have kept hidden has gone, so it is made anew. */
  #didLosePage(): void {
    if (this.#destroyed) return;
    this.emitPreventable('close', {});
    this.#destroy();
  }

  #destroy(): void {
    this.#destroyed = true;
    windows.delete(this);
    this.webContents.attach(null);
    this.emit('closed');
    if (windows.size === 0) app.emit('window-all-closed');
  }
}

nativeTheme.on('updated', () => {
  for (const window of windows) void window.followTheme();
});
onTrigger('close-window', async () => {
  for (const window of windows) await window.closeUnlessPrevented();
});
app.lifecycle.start = startBrowser;
app.lifecycle.stop = stopBrowser;
app.lifecycle.closeWindows = async () => {
  for (const window of windows) if (!(await window.closeUnlessPrevented())) return false;
  return true;
};
