import type { GoodEntries, PolicyDocument } from './judge-policy.ts';
import { isAt } from './last-good.ts';

/** When each key of each place was first missed; by `missedAt`. */
export type Missed = ReadonlyMap<string, number>;

/**
 * Documents with what is gone from them, for as long as it hasn’t been gone for `graceMs`: group policy deletes what it
 * writes anew, and a file that is replaced isn’t there for a moment. What was only changed counts at once. Pure.
 * @param before what held at the last look
 */
export function withinGrace(
  documents: readonly PolicyDocument[],
  before: readonly GoodEntries[],
  missed: Missed,
  { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number },
): { readonly documents: readonly PolicyDocument[]; readonly missed: Missed } {
  const result = [...documents];
  const stillMissed = new Map<string, number>();
  for (const [order, { source, entries }] of before.entries()) {
    const { place } = source;
    if (documents.some((one) => one.status === 'refused' && isAt(place, one.problem.place))) continue;
    const at = result.findIndex((one) => one.status === 'read' && one.source.place === place);
    const there = result[at];
    const present = there?.status === 'read' ? there.entries : {};
    const held = Object.entries(entries).filter(([key]) => {
      if (Object.hasOwn(present, key)) return false;
      const sinceMs = missed.get(missedAt(place, key)) ?? nowMs;
      const isHeld = nowMs - sinceMs < graceMs;
      if (isHeld) stillMissed.set(missedAt(place, key), sinceMs);
      return isHeld;
    });
    if (held.length === 0) continue;
    const whole = { status: 'read', source, entries: { ...Object.fromEntries(held), ...present } } as const;
    if (there === undefined) result.splice(placeIn(result, before.slice(order + 1)), 0, whole);
    else result[at] = whole;
  }
  return { documents: result, missed: stillMissed };
}

/** Before the first document of those that were stronger; what is stronger stays so. */
function placeIn(documents: readonly PolicyDocument[], stronger: readonly GoodEntries[]): number {
  const found = documents.findIndex((document) =>
    stronger.some(({ source }) =>
      document.status === 'read' ? document.source.place === source.place : isAt(source.place, document.problem.place),
    ),
  );
  return found === -1 ? documents.length : found;
}

function missedAt(place: string, key: string): string {
  return `${place}\0${key}`;
}
