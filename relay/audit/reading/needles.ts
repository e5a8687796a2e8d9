import { type AuditFilters, termsOfFilters } from './audit-query.ts';
import type { SearchField } from './record-terms.ts';

/** Fields whose value stands in the record as it is, and is rare enough that most records are told by it. */
const literal: ReadonlySet<SearchField> = new Set(['user', 'session', 'device', 'address', 'grant', 'request']);
/** The same bytes in every line of JSON. */
const plain = /^[ !#-[\]-~]+$/;

/**
 * What stands in the line of each record that these filters mean, so that others need not be taken apart. Of the decision, not its
 * outcome.
 */
export function needlesOf(filters: AuditFilters): readonly string[] {
  return termsOfFilters(filters).flatMap(([field, value]) => (literal.has(field) && plain.test(value) ? [value] : []));
}

/** Whether a line has all of them. */
export function hasNeedles(line: string, needles: readonly string[]): boolean {
  return needles.every((needle) => line.includes(needle));
}
