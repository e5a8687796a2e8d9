import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createAuditLog, type AuditLogOptions } from '../../../relay/audit/create-audit-log.ts';
import type { AuditCaller, AuditLog, AuditRecord } from '../../../relay/audit/audit-record.ts';

export const silent = pino({ level: 'silent' });

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openAudit(dataDir: string, options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  const audit = await createAuditLog({ dataDir, log: silent, ...options });
  onTestFinished(() => audit.close());
  return audit;
}

/** Appends and resolves with what `done` was told. */
export function append(audit: AuditLog, record: AuditRecord): Promise<Error | null> {
  return new Promise((resolve) => audit.append(record, resolve));
}

export const alice: AuditCaller = {
  issuer: 'https://idp.example',
  subject: 'subject-alice',
  username: 'alice',
  groups: ['developers'],
  sessionId: 'session-1',
  device: 'laptop',
  remoteAddress: '127.0.0.1',
};

export function decision(
  requestId: string,
  given: Partial<Extract<AuditRecord, { type: 'decision' }>> = {},
): AuditRecord {
  return {
    type: 'decision',
    requestId,
    timeMs: 1_800_000_000_000,
    caller: alice,
    api: 'orders',
    method: 'GET',
    path: '/v1/orders',
    effect: 'allow',
    rule: 'developers-read',
    reason: 'The rule allows it.',
    policyRevision: 'r1',
    ...given,
  };
}

export function outcome(requestId: string, status = 200): AuditRecord {
  return {
    type: 'outcome',
    requestId,
    timeMs: 1_800_000_000_010,
    outcome: 'completed',
    status,
    durationMs: 10,
    requestBytes: 0,
    responseBytes: 5,
    detail: null,
  };
}
