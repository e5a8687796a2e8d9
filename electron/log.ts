import { pino } from 'pino';

/** The main process's log: JSON lines on standard error, warnings and up; secrets never get here. */
export const log = pino(
  {
    name: 'causeway-desktop',
    level: process.env['CAUSEWAY_LOG_LEVEL'] ?? 'warn',
    redact: ['*.token', '*.authorization'],
  },
  pino.destination({ dest: 2, sync: true }),
);
