import { existsSync } from 'node:fs';
import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { createOutboxWriter, type Outbox } from '../acts/outbox.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { createAuditLog } from '../audit/create-audit-log.ts';
import { openGrantStore } from '../grants/grant-store.ts';
import { openRevocationFile } from '../identity/stored-revocations.ts';
import { openLockStore } from '../sessions/lock-store.ts';

/**
 * Puts acts of administrators that no relay has recorded yet into the folder's audit, so that nothing but state is moved.
 * @throws AccessError `audit-unavailable` when the audit can't be written
 */
export async function recordWaitingActs(dataDir: string): Promise<void> {
  const [grants, locks, revocations] = [openGrantStore(dataDir), openLockStore(dataDir), openRevocationFile(dataDir)];
  const outboxes: readonly Outbox[] = [grants.outbox, locks, revocations.acts];
  try {
    // One that is there is brought up to date, and a checkpoint signed for all of it.
    const hasAudit = existsSync(auditFiles(dataDir).database);
    if (!hasAudit && outboxes.every((outbox) => outbox.waiting().length === 0)) return;
    const log = pino({ level: 'silent' });
    const audit = await createAuditLog({ dataDir, log, holder: 'command' });
    try {
      for (const outbox of outboxes)
        await new Promise<void>((resolve) =>
          createOutboxWriter(outbox, { audit, dataDir, log, onSettled: resolve }).write(),
        );
    } finally {
      await audit.close();
    }
    if (outboxes.some((outbox) => outbox.waiting().length > 0))
      throw new AccessError(
        'audit-unavailable',
        `What administrators did can’t be recorded in the audit of ${dataDir}.`,
      );
  } finally {
    for (const store of [grants, locks, revocations]) store.close();
  }
}
