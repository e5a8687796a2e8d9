import { EventEmitter } from 'node:events';
import open from 'open';
import { onTrigger, record } from './control.ts';

/** Parts of the system that only record what they were asked: browser, clipboard, dialogs, notifications, power. */
export const shell: Pick<Electron.Shell, 'openExternal' | 'openPath'> = {
  openExternal: async (url) => {
    record('shell.openExternal', url);
    // Opened for a person, not for a spec: the page goes to a real browser.
    if (process.env['ELECTRON_STAND_IN_OPENS_BROWSER'] === '1') await open(url);
  },
  openPath: async (path) => {
    record('shell.openPath', path);
    return '';
  },
};

export const clipboard: Pick<Electron.Clipboard, 'writeText'> = {
  writeText: async (text) => record('clipboard.writeText', text),
};

/** No process of the stand-in leaves a crash file. */
export const crashReporter: Pick<Electron.CrashReporter, 'start'> = {
  start: (options) => record('crashReporter.start', options),
};

let answer = Promise.withResolvers<number>();
onTrigger('message-box', ({ response }) => {
  answer.resolve(response);
  answer = Promise.withResolvers();
});

let saveTo: string | null = null;
onTrigger('save-to', ({ path }) => void (saveTo = path));

export const dialog = {
  showSaveDialog: async (options: Electron.SaveDialogOptions): Promise<Electron.SaveDialogReturnValue> => {
    record('dialog.showSaveDialog', options);
    return saveTo === null ? { canceled: true, filePath: '' } : { canceled: false, filePath: saveTo };
  },
  showMessageBox: async (options: Electron.MessageBoxOptions): Promise<Electron.MessageBoxReturnValue> => {
    record('dialog.showMessageBox', options);
    return { response: await answer.promise, checkboxChecked: false };
  },
  showErrorBox: (title: string, content: string): void => record('dialog.showErrorBox', title, content),
} satisfies Pick<Electron.Dialog, 'showErrorBox'> & { showSaveDialog: unknown; showMessageBox: unknown };

export class Notification extends EventEmitter implements Pick<Electron.Notification, 'show'> {
  static last: Notification | null = null;
  readonly #options: Electron.NotificationConstructorOptions;

  constructor(options: Electron.NotificationConstructorOptions) {
    super();
    this.#options = options;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    Notification.last = this;
    record('Notification.show', this.#options);
  }
}
onTrigger('notification-click', () => Notification.last?.emit('click'));

export const powerMonitor = new EventEmitter();
onTrigger('power', ({ event }) => powerMonitor.emit(event));

export const screen: Pick<Electron.Screen, 'getAllDisplays'> = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } } as Electron.Display],
};

type ThemeApi = Pick<Electron.NativeTheme, 'themeSource' | 'shouldUseDarkColors'>;

/** Electron's `nativeTheme`; the window part follows its `updated` event. */
export class StandInTheme extends EventEmitter implements ThemeApi {
  systemIsDark = false;
  #source: ThemeApi['themeSource'] = 'system';

  get themeSource(): ThemeApi['themeSource'] {
    return this.#source;
  }

  set themeSource(source: ThemeApi['themeSource']) {
    this.#source = source;
    record('nativeTheme.themeSource', source);
    this.emit('updated');
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark' || (this.#source === 'system' && this.systemIsDark);
  }
}
export const nativeTheme = new StandInTheme();
onTrigger('dark', ({ dark }) => {
  nativeTheme.systemIsDark = dark;
  nativeTheme.emit('updated');
});
