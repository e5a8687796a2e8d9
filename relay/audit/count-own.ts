import type { AuditLog, QueueCounts } from './audit-record.ts';

/** The same log, which counts only what is appended here: what other processes give it, they count. */
export function countOwn<Log extends AuditLog & QueueCounts>(audit: Log): Log {
  let waiting = 0;
  let failed = 0;
  const append: AuditLog['append'] = (record, done) => {
    waiting += 1;
    audit.append(record, (error) => {
      waiting -= 1;
      if (error !== null) failed += 1;
      done(error);
    });
  };
  return Object.create(audit, {
    append: { value: append },
    waiting: { get: () => waiting },
    failed: { get: () => failed },
  }) as Log;
}
