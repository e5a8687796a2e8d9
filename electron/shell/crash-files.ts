import { app, crashReporter } from 'electron';
import type { CrashFiles } from '../../shared/snapshot.ts';
import { keepNewestCrashes } from '../crash-list.ts';
import { log } from '../log.ts';

/** Has crashes of any of the app's processes leave a file on this computer, and sends none anywhere. */
export function keepCrashFiles(): void {
  crashReporter.start({ uploadToServer: false });
}

/** What earlier runs have left; null where that can't be read. */
export function earlierCrashes(): CrashFiles | null {
  try {
    return keepNewestCrashes(app.getPath('crashDumps'), Date.now());
  } catch (err) {
    log.warn({ err }, 'crash files can’t be listed');
    return null;
  }
}
