import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { IpcEventChannel, IpcEvents } from '../../shared/ipc.ts';
import { appPage } from '../app-address.ts';
import { type WindowPlace, minimumSize, placeWindow } from '../window-place.ts';

export interface MainWindowOptions {
  readonly preload: string;
  readonly devTools: boolean;
  readonly rememberedPlace: () => unknown;
  readonly rememberPlace: (place: WindowPlace) => void;
  /** Whether closing only hides the window. */
  readonly keepsRunning: () => boolean;
  readonly didHide: () => void;
  readonly didClose: () => void;
}

export interface MainWindow {
  /** Shows the window, first making it where there is none; resolves once its page has loaded. */
  open(): Promise<void>;
  send<C extends IpcEventChannel>(channel: C, payload: IpcEvents[C]): void;
  /** From now on closing really closes. */
  release(): void;
  /** Shows whether the page is drawn on dark or light ground before it has loaded. */
  followTheme(): void;
}

/** The one window: sandboxed, remembered where it was, shown when it has something to show. */
export function createMainWindow(options: MainWindowOptions): MainWindow {
  let window: BrowserWindow | null = null;
  let loaded: Promise<void> = Promise.resolve();
  let released = false;

  const make = (): void => {
    const place = placeWindow(
      options.rememberedPlace(),
      screen.getAllDisplays().map((display) => display.workArea),
    );
    const made = new BrowserWindow({
      ...(place.status === 'remembered' ? place.bounds : { width: place.width, height: place.height, center: true }),
      minWidth: minimumSize.width,
      minHeight: minimumSize.height,
      title: 'Causeway',
      show: false,
      backgroundColor: background(),
      webPreferences: {
        preload: options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        safeDialogs: true,
        spellcheck: false,
        devTools: options.devTools,
      },
    });
    if (place.status === 'remembered' && place.maximized) made.maximize();
    made.once('ready-to-show', () => made.show());
    made.on('close', (event) => {
      options.rememberPlace({ ...made.getNormalBounds(), maximized: made.isMaximized() });
      if (released || !options.keepsRunning()) return;
      event.preventDefault();
      made.hide();
      options.didHide();
    });
    made.on('closed', () => {
      if (window === made) window = null;
      if (!released) options.didClose();
    });
    window = made;
    loaded = made.loadURL(appPage);
  };

  return {
    open: async () => {
      if (window === null) {
        make();
      } else {
        if (window.isMinimized()) window.restore();
        window.show();
        window.focus();
      }
      await loaded;
    },
    send: (channel, payload) => {
      if (window !== null && !window.isDestroyed()) window.webContents.send(channel, payload);
    },
    release: () => {
      released = true;
    },
    followTheme: () => window?.setBackgroundColor(background()),
  };
}

function background(): string {
  return nativeTheme.shouldUseDarkColors ? '#101216' : '#f7f8fa';
}
