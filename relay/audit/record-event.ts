import type { Logger } from 'pino';
import type { AuditLog, AuditRecord } from './audit-record.ts';

type RelayRecord = Extract<AuditRecord, { type: 'relay' }>;

/** Puts an event of the relay itself into the audit. */
export function recordEvent(
  audit: AuditLog,
  log: Logger,
  event: RelayRecord['event'],
  detail: string,
  config?: RelayRecord['config'],
): void {
  const record: RelayRecord = { type: 'relay', timeMs: Date.now(), event, detail };
  audit.append(config === undefined ? record : { ...record, config }, (error) => {
    if (error !== null) log.error({ err: error, event }, 'a relay event could not be recorded');
  });
}
