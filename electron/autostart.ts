import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { autostartEntry, type FoundEntry, readEntry, type StartCommand } from './autostart-entry.ts';

/** Where a Linux desktop session looks for what it starts at login (XDG Base Directory Specification). */
export function autostartPath(env: NodeJS.ProcessEnv, home: string): string {
  const config = env['XDG_CONFIG_HOME'];
  // The specification lets relative paths be ignored.
  const base = config !== undefined && isAbsolute(config) ? config : join(home, '.config');
  return join(base, 'autostart', 'causeway.desktop');
}

/** Start at login on Linux: one entry in the autostart folder, there while the setting is on. */
export interface Autostart {
  /** Brings the entry to what is wanted. `chosen`: the person has just set it, so what the desktop says counts no more. */
  apply(wanted: boolean, chosen: boolean): void;
}

/**
 * Keeps the entry at `path` for `command`. At a start with the setting on, an entry of an image that was moved is
 * written anew and one that the person switched off in the desktop's own settings is left so. Somebody else's file of
 * that name is never touched. @throws Error of the file system, from `apply`
 */
export function createAutostart(path: string, command: StartCommand): Autostart {
  return {
    apply(wanted, chosen) {
      const found = look(path, command);
      if (found?.type === 'foreign') return;
      if (!wanted) {
        // Another copy of the app, such as a development run, doesn't end what this one never began.
        if (found !== null && (chosen || found.same)) rmSync(path, { force: true });
        return;
      }
      if (found !== null && !chosen && (found.same || found.switchedOff)) return;
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const next = `${path}.${process.pid}`;
      try {
        writeFileSync(next, autostartEntry(command), { mode: 0o644, flush: true });
        renameSync(next, path);
      } finally {
        rmSync(next, { force: true });
      }
    },
  };
}

function look(path: string, command: StartCommand): FoundEntry | null {
  try {
    return readEntry(readFileSync(path, 'utf8'), command);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
