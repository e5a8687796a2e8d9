import { openAuditReader } from './audit-reader.ts';
import type { AuditEntry, AuditQuery } from './audit-query.ts';

/** Records of an audit, the newest first; `next` is the cursor of the next page, `null` at the end. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next: number | null;
}

/** Reads one page of matching records, the newest first; works while a relay writes. */
export function auditPage(dataDir: string, query: AuditQuery): AuditPage {
  const { limit, cursor, ...filters } = query;
  const reader = openAuditReader(dataDir);
  try {
    const entries: AuditEntry[] = [];
    for (const entry of reader.newestFirst(filters, cursor)) {
      if (entries.length === limit) return { entries, next: entries.at(-1)?.seq ?? entry.seq + 1 };
      entries.push(entry);
    }
    return { entries, next: null };
  } finally {
    reader.close();
  }
}

/** The newest matching records, the newest first. */
export function queryAudit(dataDir: string, query: AuditQuery): readonly AuditEntry[] {
  return auditPage(dataDir, query).entries;
}
