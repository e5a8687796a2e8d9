import type { AuditLog, AuditRecord } from './audit-record.ts';

/** Tells whoever listens of each record. */
export interface RecordNews {
  /** Calls back with every record that has become durable, until the returned function is called. */
  onRecorded(listener: (record: AuditRecord) => void): () => void;
}

/** The same audit, and news of what is recorded; without listeners it costs nothing. */
export function toldAudit<Log extends AuditLog>(audit: Log): { readonly audit: Log; readonly news: RecordNews } {
  const listeners = new Set<(record: AuditRecord) => void>();
  const append: AuditLog['append'] = (record, done) => {
    if (listeners.size === 0) {
      audit.append(record, done);
      return;
    }
    audit.append(record, (error) => {
      if (error === null) for (const listener of listeners) listener(record);
      done(error);
    });
  };
  return {
    audit: Object.create(audit, { append: { value: append } }) as Log,
    news: {
      onRecorded(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}
