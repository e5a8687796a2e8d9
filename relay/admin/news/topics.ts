import type { AuditRecord } from '../../audit/audit-record.ts';

/** Kinds of news, called as the records that they come from. */
export type Topic = Exclude<AuditRecord['type'], 'outcome'>;

/** What a record is news of. */
export function topicOf({ type }: AuditRecord): Topic {
  return type === 'outcome' ? 'decision' : type;
}
