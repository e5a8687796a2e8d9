import { dayMs } from '../audit/retention/day-segments.ts';

export const forgetEveryMs = 3_600_000;

/**
 * Before when refused sign-ins aren't to say from where they were, as `audit.keep_refused_days` has it: that many days (UTC)
 * stay, today among them. Null where they always say it.
 */
export function refusedBeforeMs(refusedDays: number | undefined, nowMs: number): number | null {
  return refusedDays === undefined ? null : (Math.floor(nowMs / dayMs) - refusedDays + 1) * dayMs;
}

/** Answers true at first, and then whenever that was so long ago. */
export function takeTurns(everyMs: number): () => boolean {
  let dueMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (nowMs < dueMs) return false;
    dueMs = nowMs + everyMs;
    return true;
  };
}
