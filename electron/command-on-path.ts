import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Administrator, changeCommandLink } from '../client/command-link/change-command-link.ts';
import { type CommandPlace, macCommandPlace, readCommandLink } from '../client/command-link/read-command-link.ts';
import { macAdministrator } from '../client/command-link/mac-administrator.ts';
import type { CommandLink } from '../shared/command-link.ts';

/** The command line that the app carries, and whether terminals find it. */
export interface CommandOnPath {
  readonly current: () => CommandLink;
  /** Looks again: a terminal, Homebrew or IT may have changed it. */
  look(): void;
  /** Never rejects: what went wrong is in the state. Asked again while the system asks for a password, it does nothing. */
  set(onPath: boolean): Promise<void>;
}

export interface CommandOnPathOptions {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  /** Where the app’s own files are. */
  readonly resources: string;
  readonly onChange: () => void;
  readonly onProblem: (error: unknown, words: string) => void;
  readonly place?: CommandPlace;
  readonly administrator?: Administrator;
}

/**
 * Watches over the link on macOS, where a disk image’s app is copied and no installer runs. Null elsewhere, where packages and
 * installers put the command on PATH, and in an app that carries none.
 */
export function openCommandOnPath(options: CommandOnPathOptions): CommandOnPath | null {
  const { platform, isPackaged, resources, onChange, onProblem } = options;
  const { place = macCommandPlace, administrator = macAdministrator() } = options;
  if (platform !== 'darwin' || !isPackaged) return null;
  const command = join(resources, 'cli/bin/causeway');
  if (!existsSync(command)) return null;
  const first = read(null);
  if (first === null) return null;
  let current = first;
  let isAsking = false;

  function read(problem: string | null): CommandLink | null {
    try {
      return { ...readCommandLink(place, command), problem };
    } catch (error) {
      onProblem(error, 'the command’s link can’t be looked at');
      return null;
    }
  }
  function become(next: CommandLink | null): void {
    if (next === null || JSON.stringify(next) === JSON.stringify(current)) return;
    current = next;
    onChange();
  }

  return {
    current: () => current,
    look() {
      const next = read(null);
      const isSame = next !== null && JSON.stringify(next.state) === JSON.stringify(current.state);
      // What went wrong stays in sight until something else is there.
      become(isSame ? { ...next, problem: current.problem } : next);
    },
    async set(onPath) {
      if (isAsking) return;
      isAsking = true;
      try {
        await changeCommandLink(place, command, onPath, administrator);
        become(read(null));
      } catch (error) {
        onProblem(error, 'the command’s link can’t be changed');
        become(read(error instanceof Error ? error.message : String(error)));
      } finally {
        isAsking = false;
      }
    },
  };
}
