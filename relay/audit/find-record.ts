import { existsSync } from 'node:fs';
import { auditFiles } from './audit-files.ts';
import type { AuditRecord } from './audit-record.ts';
import { openForReading } from './open-audit.ts';

/** How far the clock may have been set back between an act and its record. */
const clockSlackMs = 300_000;

/**
 * Whether a record of this type that was made at `timeMs` is in the audit: goes backwards from the newest one and ends
 * well before that time.
 */
export function findRecord(
  dataDir: string,
  { type, timeMs }: Pick<AuditRecord, 'type' | 'timeMs'>,
  matches: (record: AuditRecord) => boolean,
): boolean {
  if (!existsSync(auditFiles(dataDir).database)) return false;
  const database = openForReading(dataDir);
  try {
    const rows = database
      .prepare(
        `SELECT payload ->> '$.type' AS type, payload ->> '$.timeMs' AS time_ms, payload FROM audit ORDER BY seq DESC`,
      )
      .iterate();
    for (const row of rows) {
      if (Number(row['time_ms']) < timeMs - clockSlackMs) return false;
      if (row['type'] === type && matches(JSON.parse(String(row['payload'])) as AuditRecord)) return true;
    }
    return false;
  } finally {
    database.close();
  }
}
