import { ipcMain } from 'electron';
import Store from 'electron-store';
import type { PersistedState, StateStore } from '../../client/profile/core-options.ts';
import { log } from '../log.ts';
import { readOrigins, readPersistedState } from '../persisted-state.ts';
import type { WindowPlace } from '../window-place.ts';

/** What is remembered between runs, in `config.json` of the user-data folder; never a secret. */
export interface Remembered {
  readonly state: StateStore;
  readonly windowPlace: () => unknown;
  readonly setWindowPlace: (place: WindowPlace) => void;
  /** Web origins of relays and sign-in services met so far. */
  readonly origins: () => readonly string[];
  readonly setOrigins: (origins: readonly string[]) => void;
}

/** Opens the file; one that can't be read is started afresh rather than keeping the app from starting. */
export function openRemembered(folder: string): Remembered {
  const store = new Store<{ state?: PersistedState; windowPlace?: WindowPlace; origins?: readonly string[] }>({
    cwd: folder,
    name: 'config',
    clearInvalidConfig: true,
    accessPropertiesByDotNotation: false,
  });
  // The library offers its folder to any page over a channel of its own; no page has business there.
  ipcMain.removeAllListeners('electron-store-get-data');
  return {
    state: {
      load: () => readPersistedState(store.get('state')),
      save: (state) => {
        try {
          store.set('state', state);
        } catch (err) {
          // A full disk must not end connections; the next change is saved again.
          log.warn({ err }, 'the settings can’t be saved now');
        }
      },
    },
    windowPlace: () => store.get('windowPlace'),
    setWindowPlace: (place) => store.set('windowPlace', place),
    origins: () => readOrigins(store.get('origins')),
    setOrigins: (origins) => store.set('origins', origins),
  };
}
