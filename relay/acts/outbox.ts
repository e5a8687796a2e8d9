import type { Logger } from 'pino';
import { findRecord } from '../audit/find-record.ts';
import type { AuditLog, AuditRecord } from '../audit/audit-record.ts';

/** A record that is durable with the act that it tells of, and isn't known to be in the audit yet. */
export interface WaitingRecord {
  readonly id: string;
  readonly record: Extract<AuditRecord, { type: 'access' | 'administrator' | 'lock' }>;
}

/** Where acts leave their records, in one transaction with what they change, for whoever writes the audit. */
export interface Outbox {
  /** In the order in which they were made. */
  waiting(): readonly WaitingRecord[];
  didRecord(id: string): void;
}

/** Moves records from an outbox into the audit. */
export interface OutboxWriter {
  /** Takes what waits now; nothing that is under way already. */
  write(): void;
  /** Some records could not be written and wait for another `write`. */
  readonly isBehind: boolean;
}

/**
 * Writes each record once, also when a process is killed between writing and noting it: what was there before this
 * process, or failed, is looked for in the audit first. Only who holds the audit of the folder may use it.
 */
export function createOutboxWriter(
  outbox: Outbox,
  options: {
    readonly audit: AuditLog;
    readonly dataDir: string;
    readonly log: Logger;
    /** Called when nothing of a `write` is under way any more. */
    readonly onSettled?: () => void;
  },
): OutboxWriter {
  const { audit, dataDir, log, onSettled } = options;
  const underWay = new Set<string>();
  const doubtful = new Set<string>();
  let isFirst = true;

  const write = (): void => {
    const waiting = outbox.waiting().filter(({ id }) => !underWay.has(id));
    if (isFirst) for (const { id } of waiting) doubtful.add(id);
    isFirst = false;
    for (const { id, record } of waiting) {
      if (doubtful.has(id)) {
        const isThere = findRecord(dataDir, record, (found) => isSameAct(found, record));
        doubtful.delete(id);
        if (isThere) {
          outbox.didRecord(id);
          continue;
        }
      }
      underWay.add(id);
      audit.append(record, (error) => {
        underWay.delete(id);
        if (error === null) outbox.didRecord(id);
        else {
          // A disk that was too slow may have written it nevertheless.
          doubtful.add(id);
          log.error({ err: error, act: id }, 'an administrator’s act waits for the audit');
        }
        if (underWay.size === 0) onSettled?.();
      });
    }
    if (underWay.size === 0) onSettled?.();
  };
  return {
    write,
    get isBehind() {
      return doubtful.size > 0;
    },
  };
}

/** Whether a record that is in the audit is of the same act. */
export function isSameAct(found: AuditRecord, record: WaitingRecord['record']): boolean {
  if (found.type === 'administrator' && record.type === 'administrator') return found.id === record.id;
  if (found.type === 'lock' && record.type === 'lock')
    return found.lock === record.lock && found.event === record.event;
  if (found.type !== 'access' || record.type !== 'access') return false;
  return found.grant === record.grant && found.event === record.event;
}
