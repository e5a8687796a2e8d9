import { app, crashReporter } from 'electron';
import type { CrashFiles } from '../../shared/snapshot.ts';
import { keepNewestCrashes } from '../crash-list.ts';
import { log } from '../log.ts';

/** Has crashes of any of the app's processes leave a file on this computer, and sends none anywhere. */
export function keepCrashFiles(): void {
  crashReporter.start({ uploadToServer: false });
}

/** What earlier runs have left, as Settings shows it. */
export interface CrashKeeper {
  /** Null where that can't be read. */
  current(): CrashFiles | null;
  /** Deletes all: a piece of memory may hold what belongs to somebody who has signed out. */
  forget(): void;
}

/** Looks once, after those that are too old or too many were deleted. */
export function openCrashKeeper(): CrashKeeper {
  const keep = (most?: number): CrashFiles | null => {
    try {
      return keepNewestCrashes(app.getPath('crashDumps'), Date.now(), most);
    } catch (err) {
      log.warn({ err }, 'crash files can’t be listed');
      return null;
    }
  };
  let crashes = keep();
  return { current: () => crashes, forget: () => void (crashes = keep(0)) };
}
