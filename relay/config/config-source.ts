import { readFileSync } from 'node:fs';

/** The text of a config file as it was read, and whose it is. */
export interface ConfigSource {
  /** Absolute path of the file. */
  readonly path: string;
  readonly text: string;
  /** The system's user that owns the file: who may change it. */
  readonly owner: string;
  /** When the file was last changed, milliseconds since the epoch. */
  readonly changedAtMs: number;
}

/** Name of a system user by number, as `/etc/passwd` has it; the number where it has none. */
export function userNamed(uid: number, readUsers = (): string => readFileSync('/etc/passwd', 'utf8')): string {
  try {
    for (const line of readUsers().split('\n')) {
      const [name = '', , id] = line.split(':');
      if (id === String(uid) && name !== '') return name;
    }
  } catch {
    // Systems without that file have users nevertheless.
  }
  return `uid ${uid}`;
}
