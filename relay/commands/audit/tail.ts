import { openAuditReader } from '../../audit/reading/audit-reader.ts';
import type { AuditEntry } from '../../audit/reading/audit-query.ts';
import { followAudit } from '../../audit/reading/follow-audit.ts';
import { requireKnownNames } from '../../audit/reading/known-names.ts';
import { describeEntry } from './describe-entry.ts';
import type { ListOptions } from './list.ts';

/** What `relay audit tail` was asked: `limit` records that are there already, then all that come, until aborted. */
export interface TailOptions extends Omit<ListOptions, 'cursor' | 'warn'> {
  readonly signal: AbortSignal;
}

/**
 * Prints the newest matching records, the oldest of them first, and goes on with those that are written.
 * @throws AccessError `bad-input` when the audit can't be read or a name isn't in it
 */
export async function tailAudit(options: TailOptions): Promise<number> {
  const { dataDir, filters, limit, json, write, signal } = options;
  const print = (entry: AuditEntry): void => write(`${json ? JSON.stringify(entry) : describeEntry(entry)}\n`);
  const reader = openAuditReader(dataDir);
  const newest: AuditEntry[] = [];
  let after: number;
  try {
    requireKnownNames(reader, filters, options.configured);
    after = reader.index.lastSeq;
    for (const entry of reader.newestFirst(filters)) if (newest.push(entry) >= limit) break;
  } finally {
    reader.close();
  }
  for (const entry of newest.toReversed()) print(entry);
  for await (const entry of followAudit({ dataDir, filters, after, signal })) print(entry);
  return 0;
}
