import { pino } from 'pino';
import { type ManagedState, managedValue } from '../shared/managed/managed-state.ts';

const unmanagedLevel = process.env['CAUSEWAY_LOG_LEVEL'] ?? 'warn';

/** The main process's log: JSON lines on standard error, warnings and up; secrets never get here. */
export const log = pino(
  {
    name: 'causeway-desktop',
    level: unmanagedLevel,
    redact: ['*.token', '*.authorization'],
  },
  pino.destination({ dest: 2, sync: true }),
);

/** From now on, writes from the level up that IT has set, else from the environment’s. */
export function followLogLevel(managed: ManagedState): void {
  log.level = managedValue(managed, 'logLevel') ?? unmanagedLevel;
}
