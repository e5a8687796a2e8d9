import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { type ManagedState, managedValue } from '../shared/managed/managed-state.ts';
import type { LogFile } from './log-file.ts';
import { withoutSecrets } from './without-secrets.ts';

const unmanagedLevel = process.env['CAUSEWAY_LOG_LEVEL'] ?? 'warn';

let file: LogFile | null = null;

/** From now on, lines are also kept in a file. */
export function keepLogIn(logFile: LogFile): void {
  file = logFile;
}

const destination = {
  write(line: string): void {
    const shown = withoutSecrets(line);
    file?.write(shown);
    try {
      writeSync(2, shown);
    } catch {
      // Windows gives an app without a console no standard error.
    }
  },
};

/** The main process's log: JSON lines on standard error and in a file, warnings and up; secrets never get here. */
export const log = pino(
  {
    name: 'causeway-desktop',
    level: unmanagedLevel,
    redact: ['*.token', '*.authorization'],
  },
  destination,
);

/** From now on, writes from the level up that IT has set, else from the environment’s. */
export function followLogLevel(managed: ManagedState): void {
  log.level = managedValue(managed, 'logLevel') ?? unmanagedLevel;
}
