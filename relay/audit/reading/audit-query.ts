import type { AuditRecord } from '../audit-record.ts';
import { isBelow, type SearchField, searchFields, termsOf, termsOfOutcome } from './record-terms.ts';

/** An outcome record: how a request that was decided ended. */
export type AuditOutcome = Extract<AuditRecord, { type: 'outcome' }>;

/** One record with its number in the chain; a decision comes with its outcome once that is known. */
export interface AuditEntry {
  readonly seq: number;
  readonly record: Exclude<AuditRecord, AuditOutcome>;
  readonly outcome: AuditOutcome | null;
}

/** Which records; all given filters must match. `user` is a user name or subject, `path` a beginning of whole segments. */
export type AuditFilters = Partial<Readonly<Record<Exclude<SearchField, 'effect'>, string>>> & {
  readonly effect?: 'allow' | 'deny';
  readonly sinceMs?: number;
  /** Up to, and without, this time. */
  readonly untilMs?: number;
};

/** A page of records: `limit` of them, from the one before record `cursor` on back. */
export interface AuditQuery extends AuditFilters {
  readonly cursor?: number;
  readonly limit: number;
}

/** The filters that the index knows: field and value. */
export function termsOfFilters(filters: AuditFilters): readonly (readonly [SearchField, string])[] {
  return searchFields.flatMap((field) => {
    const value = filters[field];
    if (value === undefined || (field === 'path' && value === '/')) return [];
    return [[field, value] as const];
  });
}

/** Whether a record, with its outcome, is one of those that the filters ask for. */
export function matches(filters: AuditFilters, record: AuditEntry['record'], outcome: AuditOutcome | null): boolean {
  if (filters.sinceMs !== undefined && record.timeMs < filters.sinceMs) return false;
  if (filters.untilMs !== undefined && record.timeMs >= filters.untilMs) return false;
  const wanted = termsOfFilters(filters);
  if (wanted.length === 0) return filters.path === undefined || 'path' in record;
  const found = new Set<SearchField>();
  const take = (field: SearchField, value: string): void => {
    if (filters[field] === value) found.add(field);
  };
  termsOf(record, take);
  if (outcome !== null) termsOfOutcome(outcome, take);
  if (filters.path !== undefined && 'path' in record && isBelow(record.path, filters.path)) found.add('path');
  return wanted.every(([field]) => found.has(field));
}
