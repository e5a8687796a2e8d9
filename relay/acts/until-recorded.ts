import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { createAuditLog } from '../audit/create-audit-log.ts';
import { isFolderHeld } from '../audit/folder-lock.ts';
import { createOutboxWriter, type Outbox } from './outbox.ts';

const lookEveryMs = 20;
const longestWaitMs = 5000;

/**
 * Waits until the relay that runs on the folder has put an act into the audit; without one, writes what waits itself.
 * False when it isn't there in time: it stays in the outbox, and whoever writes the audit next takes it.
 */
export async function untilRecorded(options: {
  readonly dataDir: string;
  readonly outbox: Outbox;
  readonly isRecorded: () => boolean;
  readonly longestMs?: number;
}): Promise<boolean> {
  const { dataDir, outbox, isRecorded, longestMs = longestWaitMs } = options;
  const endMs = performance.now() + longestMs;
  while (!isRecorded()) {
    if (performance.now() > endMs) return false;
    if (isFolderHeld(dataDir)) await sleep(lookEveryMs);
    else await writeWaiting(dataDir, outbox);
  }
  return true;
}

async function writeWaiting(dataDir: string, outbox: Outbox): Promise<void> {
  const log = pino({ level: 'silent' });
  let audit: Awaited<ReturnType<typeof createAuditLog>>;
  try {
    audit = await createAuditLog({ dataDir, log, holder: 'command' });
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    // A relay that has just started holds it, or the disk can't be written: then there is nothing but to wait.
    await sleep(lookEveryMs);
    return;
  }
  try {
    await new Promise<void>((resolve) =>
      createOutboxWriter(outbox, { audit, dataDir, log, onSettled: resolve }).write(),
    );
  } finally {
    await audit.close();
  }
}
