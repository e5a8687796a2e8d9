import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LogFileOptions {
  /** Most of one file, bytes. */
  readonly maxBytes?: number;
  /** How many files there are at most, the one that is written included. */
  readonly maxFiles?: number;
}

/**
 * Where the system keeps programs' logs: macOS `~/Library/Logs`, Windows the local application data, Linux the state folder
 * (XDG Base Directory Specification).
 */
export function logFolder(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Logs', 'Causeway');
  if (platform === 'win32') return join(environment['LOCALAPPDATA'] ?? home, 'Causeway', 'logs');
  const state = environment['XDG_STATE_HOME'];
  return join(state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state'), 'causeway-app', 'logs');
}

/**
 * Writes lines to `causeway.log` in a folder that only the person can read; a file that is full becomes `causeway.1.log`, and so
 * on, the oldest goes. A disk that takes nothing loses lines and never stops the app.
 */
export function openLogFile(folder: string, { maxBytes = 1_000_000, maxFiles = 5 }: LogFileOptions = {}): LogFile {
  const nameOf = (index: number): string => join(folder, index === 0 ? 'causeway.log' : `causeway.${index}.log`);
  const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const rotate = (): void => {
    rmSync(nameOf(maxFiles - 1), { force: true });
    for (let index = maxFiles - 2; index >= 0; index -= 1)
      if (sizeOf(nameOf(index)) > 0) renameSync(nameOf(index), nameOf(index + 1));
  };
  return {
    write(line) {
      const bytes = Buffer.from(line.length > maxBytes ? `${line.slice(0, maxBytes - 1)}\n` : line);
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (process.platform !== 'win32') chmodSync(folder, 0o700);
        if (sizeOf(nameOf(0)) + bytes.length > maxBytes) rotate();
        appendFileSync(nameOf(0), bytes, { mode: 0o600 });
      } catch {
        // Full, read-only or gone: there is nowhere left to say so but standard error, which has the line already.
      }
    },
  };
}

/** Takes whole lines, each with its end. */
export interface LogFile {
  write(line: string): void;
}
