import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createAuditLog, type AuditLogOptions, type KeyHolder } from '../../../relay/audit/create-audit-log.ts';
import type { AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';

export { alice, decision, outcome } from './audit-records.ts';

export const silent = pino({ level: 'silent' });

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openAudit(
  dataDir: string,
  options: Partial<AuditLogOptions> = {},
): Promise<AuditLog & KeyHolder> {
  const audit = await createAuditLog({ dataDir, log: silent, ...options });
  onTestFinished(() => audit.close());
  return audit;
}

/** Appends and resolves with what `done` was told. */
export function append(audit: AuditLog, record: AuditRecord): Promise<Error | null> {
  return new Promise((resolve) => audit.append(record, resolve));
}
