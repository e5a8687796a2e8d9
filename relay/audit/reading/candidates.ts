import { type AuditFilters, termsOfFilters } from './audit-query.ts';
import { beginningsOf, type OutcomeField, type SearchField } from './record-terms.ts';
import { bitmapBytes, firstSeqOf, type LateOutcome, type Segment, setBit } from './segment.ts';

// As `auditLine` writes them.
export const outcomeStart = '{"type":"outcome"';
export const decisionStart = '{"type":"decision"';

/** Whether the segment's records are of the time that is asked for. */
export function mayMatch({ head }: Segment, { sinceMs, untilMs }: AuditFilters): boolean {
  return !(sinceMs !== undefined && head.maxTimeMs < sinceMs) && !(untilMs !== undefined && head.minTimeMs >= untilMs);
}

/** Records of a segment that the filters may mean; those that they mean are all among them. */
export function candidates(segment: Segment, filters: AuditFilters, late: LateOutcomes): Uint8Array {
  const found = new Uint8Array(bitmapBytes).fill(255);
  for (const [field, value] of termsOfFilters(filters)) {
    const bits = bitsOf(segment, field, value, late);
    for (let at = 0; at < found.length; at += 1) found[at] = (found[at] ?? 0) & (bits[at] ?? 0);
  }
  return found;
}

function bitsOf(segment: Segment, field: SearchField, value: string, late: LateOutcomes): Uint8Array {
  // The deepest beginning that is indexed; what is deeper is compared with each record.
  const indexed = field === 'path' ? (beginningsOf(value).at(-1) ?? value) : value;
  const bits = segment.find(field, indexed) ?? new Uint8Array(bitmapBytes);
  if (field === 'status' || field === 'code') late.mark(bits, segment, field, value);
  return bits;
}

export function hasBit(bits: Uint8Array, offset: number): boolean {
  return ((bits[offset >> 3] ?? 0) & (1 << (offset & 7))) !== 0;
}

export function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count += 1;
  return count;
}

/** Outcomes that stand in a later segment than their decisions. */
export class LateOutcomes {
  readonly #byDecision = new Map<number, LateOutcome>();

  add(late: readonly LateOutcome[]): void {
    for (const one of late) this.#byDecision.set(one.decision, one);
  }

  outcomeOf(decision: number): number | null {
    return this.#byDecision.get(decision)?.outcome ?? null;
  }

  mark(bits: Uint8Array, { head }: Segment, field: OutcomeField, value: string): void {
    const first = firstSeqOf(head.segment);
    const has = (terms: LateOutcome['terms']): boolean => terms.some((term) => term[0] === field && term[1] === value);
    for (const { decision, terms } of this.#byDecision.values())
      if (decision >= first && decision <= head.last && has(terms)) setBit(bits, decision - first);
  }
}
