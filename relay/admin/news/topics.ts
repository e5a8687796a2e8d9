import type { AuditRecord } from '../../audit/audit-record.ts';
import { recordTypes } from '../../config/sink-schema.ts';

/** Kinds of news, called as the records that they come from. */
export type Topic = Exclude<AuditRecord['type'], 'outcome'>;

/** What a record is news of. */
export function topicOf({ type }: AuditRecord): Topic {
  return type === 'outcome' ? 'decision' : type;
}

/** All of them, for who has to look at everything anew. */
export const allTopics: readonly Topic[] = recordTypes.filter((type) => type !== 'outcome');
