import type { Logger } from 'pino';
import type { AuditLog, AuditRecord } from './audit-record.ts';

/** Puts an event of the relay itself into the audit. */
export function recordEvent(
  audit: AuditLog,
  log: Logger,
  event: Extract<AuditRecord, { type: 'relay' }>['event'],
  detail: string,
): void {
  audit.append({ type: 'relay', timeMs: Date.now(), event, detail }, (error) => {
    if (error !== null) log.error({ err: error, event }, 'a relay event could not be recorded');
  });
}
