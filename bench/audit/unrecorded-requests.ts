import type { AuditLog } from '../../relay/audit/audit-record.ts';
import {
  type AuditLogOptions,
  createAuditLog as openAuditLog,
  type RecordTaker,
} from '../../relay/audit/create-audit-log.ts';

/** The audit of a relay that records its start and its sessions, but no request: nothing is written, nobody waits. */
export async function createAuditLog(options: AuditLogOptions): Promise<AuditLog & RecordTaker> {
  const audit = await openAuditLog(options);
  return {
    append(record, done) {
      if (record.type === 'decision' || record.type === 'outcome') queueMicrotask(() => done(null));
      else audit.append(record, done);
    },
    appendLines: (lines, done) => audit.appendLines(lines, done),
    get healthy() {
      return audit.healthy;
    },
    close: () => audit.close(),
  };
}
