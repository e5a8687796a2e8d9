import type { AuditLog, AuditRecord } from './audit-record.ts';

/** Resolves once a record is durable, for what must not happen without it. @throws AccessError `audit-unavailable` */
export async function recordFirst(audit: AuditLog, record: AuditRecord): Promise<void> {
  const failure = await new Promise<Error | null>((done) => audit.append(record, done));
  if (failure !== null) throw failure;
}
