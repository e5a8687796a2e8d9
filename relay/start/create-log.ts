import { type Logger, pino } from 'pino';

/** The relay's log: one JSON object a line on standard output, never with a token. */
export function createLog(level: string): Logger {
  return pino({ level, redact: ['token', 'authorization', 'headers.authorization'] });
}
