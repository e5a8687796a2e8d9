import type { FromAuditWorker, ToAuditWorker } from '../audit/audit-messages.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { RecordTaker } from '../audit/create-audit-log.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** Who is answered, as long as it is the same process. */
type Recipient = Pick<WorkerSlot, 'generation' | 'post'>;

/** The audit of the primary process in the service of the workers. */
export interface WorkersAudit {
  /** What a worker's log would say to a writing thread of its own. */
  take(slot: Recipient, generation: number, message: ToAuditWorker): void;
  close(): void;
}

const checkEveryMs = 100;

/** Answers each batch once it is durable, and tells all workers when the audit fails and when it is back. */
export function writeForWorkers(audit: AuditLog & RecordTaker, slots: () => readonly Recipient[]): WorkersAudit {
  const pending = new Map<number, number>();
  const closing = new Set<number>();
  let wasHealthy = true;

  const say = (slot: Recipient, generation: number, message: FromAuditWorker): void => {
    if (slot.generation === generation) slot.post({ type: 'audit', message });
  };
  const timer = setInterval(() => {
    if (audit.healthy === wasHealthy) return;
    wasHealthy = audit.healthy;
    const message: FromAuditWorker = wasHealthy
      ? { type: 'written', upToBatch: 0 }
      : { type: 'failed', upToBatch: 0, reason: 'the relay’s first process can’t write' };
    for (const slot of slots()) slot.post({ type: 'audit', message });
  }, checkEveryMs).unref();

  return {
    take(slot, generation, message) {
      if (message.type === 'close') {
        if (!pending.has(generation)) say(slot, generation, { type: 'closed' });
        else closing.add(generation);
        return;
      }
      const { batch } = message;
      pending.set(generation, (pending.get(generation) ?? 0) + 1);
      audit.appendLines(message.lines, (error) => {
        const left = (pending.get(generation) ?? 1) - 1;
        if (left > 0) pending.set(generation, left);
        else pending.delete(generation);
        if (error === null) say(slot, generation, { type: 'written', upToBatch: batch });
        else say(slot, generation, { type: 'failed', upToBatch: batch, reason: reasonOf(error) });
        if (left === 0 && closing.delete(generation)) say(slot, generation, { type: 'closed' });
      });
    },
    close: () => clearInterval(timer),
  };
}

/** The worker's log puts the same words around it again. */
function reasonOf(error: Error): string {
  return error.message.replace(/^The relay can’t record requests: /, '').replace(/\.$/, '');
}
