import { EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';

/** What the app and electron-updater asked of Electron, in order. */
export const calls: string[] = [];

/** As much of Electron as electron-updater and our side of it use, in a packaged app of version 1.0.0. */
export const app = Object.assign(new EventEmitter(), {
  isPackaged: true,
  getVersion: () => '1.0.0',
  getName: () => 'Causeway',
  getAppPath: () => tmpdir(),
  getPath: () => tmpdir(),
  whenReady: async () => undefined,
  quit: () => void calls.push('quit'),
  relaunch: () => void calls.push('relaunch'),
  releaseSingleInstanceLock: () => void calls.push('release lock'),
});

export const autoUpdater = new EventEmitter();

// oxlint-disable-next-line import/no-default-export -- Electron's module has one
export default { app, autoUpdater };
