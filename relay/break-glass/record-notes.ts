import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import type { BreakGlassStore } from './break-glass-store.ts';

/**
 * Puts what was done with accounts, on the command line or by a link, into the audit: from the start on and as it happens.
 * Each note stays until it is durable there; for one process of a relay.
 */
export function recordNotes(options: {
  readonly store: BreakGlassStore;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** How often notes are looked for, milliseconds. Default 500. */
  readonly pollMs?: number;
}): { close(): void } {
  const { store, audit, log, pollMs = 500 } = options;
  const underWay = new Set<number>();
  let closed = false;
  const look = (): void => {
    if (!audit.healthy && underWay.size > 0) return;
    try {
      for (const { id, timeMs, text } of store.notes()) {
        if (underWay.has(id)) continue;
        underWay.add(id);
        audit.append({ type: 'relay', timeMs, event: 'break-glass-account', detail: text }, (error) => {
          if (error === null && !closed) store.removeNote(id);
          underWay.delete(id);
        });
      }
    } catch (error) {
      log.error({ err: error }, 'what was done with break-glass accounts can’t be read');
    }
  };
  look();
  const timer = setInterval(look, pollMs).unref();
  return {
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
