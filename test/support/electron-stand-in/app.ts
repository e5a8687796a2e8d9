import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PreventableEmitter, onTrigger, record } from './control.ts';

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

type AppApi = Pick<
  Electron.App,
  | 'getPreferredSystemLanguages'
  | 'setName'
  | 'enableSandbox'
  | 'requestSingleInstanceLock'
  | 'whenReady'
  | 'quit'
  | 'exit'
  | 'getPath'
  | 'getAppPath'
  | 'setPath'
  | 'getVersion'
  | 'isPackaged'
  | 'setAppUserModelId'
  | 'setLoginItemSettings'
  | 'setAsDefaultProtocolClient'
>;

/** What has to happen on the way to ready and to the end; the window part hooks in here. */
export interface AppLifecycle {
  /** Starts the browser. */
  start: () => Promise<void>;
  /** Asks every window to close; false when one refuses. */
  closeWindows: () => Promise<boolean>;
  /** Ends the browser. */
  stop: () => Promise<void>;
}

/** Electron's `app`: ready only after the app's own module has been evaluated, as the real one. */
export class StandInApp extends PreventableEmitter implements AppApi {
  readonly isPackaged = false;
  readonly lifecycle: AppLifecycle = {
    start: async () => {},
    closeWindows: async () => true,
    stop: async () => {},
  };
  readonly #codeLoaded = Promise.withResolvers<void>();
  #ready: Promise<void> | null = null;
  readonly #paths = new Map<string, string>();
  #quitting = false;

  /** The stand-in's entry says that the app's module has been evaluated. */
  codeLoaded(): void {
    this.#codeLoaded.resolve();
  }

  whenReady(): Promise<void> {
    this.#ready ??= this.#codeLoaded.promise.then(() => this.lifecycle.start());
    return this.#ready;
  }

  setName(name: string): void {
    record('app.setName', name);
  }

  enableSandbox(): void {
    record('app.enableSandbox');
  }

  requestSingleInstanceLock(): boolean {
    return true;
  }

  getPreferredSystemLanguages(): string[] {
    return ['en-US'];
  }

  getVersion(): string {
    return manifest.version;
  }

  getPath(name: string): string {
    const userData = this.#paths.get('userData') ?? join(tmpdir(), 'causeway-stand-in');
    return this.#paths.get(name) ?? (name === 'userData' ? userData : join(userData, name));
  }

  getAppPath(): string {
    return join(import.meta.dirname, '../../..');
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path);
  }

  setAppUserModelId(id: string): void {
    record('app.setAppUserModelId', id);
  }

  setLoginItemSettings(settings: Electron.Settings): void {
    record('app.setLoginItemSettings', settings);
  }

  setAsDefaultProtocolClient(protocol: string): boolean {
    record('app.setAsDefaultProtocolClient', protocol);
    return true;
  }

  quit(): void {
    if (this.#quitting || this.emitPreventable('before-quit', {})) return;
    this.#quitting = true;
    void this.#end();
  }

  exit(code?: number): void {
    void this.lifecycle.stop().finally(() => process.exit(code ?? 0));
  }

  async #end(): Promise<void> {
    if (!(await this.lifecycle.closeWindows())) {
      this.#quitting = false;
      return;
    }
    this.emit('will-quit', {});
    await this.lifecycle.stop();
    process.exit(0);
  }
}

export const app = new StandInApp();

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit());
onTrigger('quit', () => app.quit());
onTrigger('second-instance', ({ argv }) => app.emit('second-instance', {}, argv, process.cwd()));
onTrigger('open-url', ({ url }) => app.emitPreventable('open-url', {}, url));
