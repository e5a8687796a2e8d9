import { type ActivityEntry, hasFailed } from '../../shared/activity.ts';

/** How one API was used over the last hour, in steps of two minutes, oldest first. */
export interface Trend {
  readonly requests: readonly number[];
  /** Mean duration of those that ended; null where none did. */
  readonly latencyMs: readonly (number | null)[];
  /** Denied, or without a good end. */
  readonly errors: readonly number[];
  readonly total: number;
  readonly totalErrors: number;
  /** Over all that ended; null when none did. */
  readonly meanLatencyMs: number | null;
  readonly longestMs: number | null;
}

export const trendSteps = 30;
const stepMs = 2 * 60_000;

/** The trend of what the log lists; null when nothing of the API is in it. Pure. */
export function trendOf(log: readonly ActivityEntry[], api: string, nowMs: number): Trend | null {
  const fromMs = nowMs - trendSteps * stepMs;
  const steps = Array.from({ length: trendSteps }, () => ({ requests: 0, errors: 0, ended: 0, durationMs: 0 }));
  let longestMs: number | null = null;
  for (const entry of log) {
    if (entry.api !== api || entry.connections !== undefined) continue;
    const step = steps[Math.floor((entry.timeMs - fromMs) / stepMs)];
    if (step === undefined) continue;
    step.requests += 1;
    if (entry.decision === 'deny' || hasFailed(entry)) step.errors += 1;
    if (entry.decision === 'deny' || entry.durationMs === null) continue;
    step.ended += 1;
    step.durationMs += entry.durationMs;
    longestMs = Math.max(longestMs ?? 0, entry.durationMs);
  }
  const sum = (key: keyof (typeof steps)[number]): number => steps.reduce((total, step) => total + step[key], 0);
  const total = sum('requests');
  if (total === 0) return null;
  const ended = sum('ended');
  return {
    requests: steps.map((step) => step.requests),
    latencyMs: steps.map((step) => (step.ended === 0 ? null : step.durationMs / step.ended)),
    errors: steps.map((step) => step.errors),
    total,
    totalErrors: sum('errors'),
    meanLatencyMs: ended === 0 ? null : sum('durationMs') / ended,
    longestMs,
  };
}

/** The path of a line through values in a box, highest at the top; gaps where nothing is known. Empty for no value. Pure. */
export function linePath(values: readonly (number | null)[], width: number, height: number): string {
  const known = values.filter((value) => value !== null);
  const top = Math.max(...known, 0);
  const x = (index: number): string => ((index * width) / Math.max(1, values.length - 1)).toFixed(1);
  const y = (value: number): string => (top === 0 ? height : height - (value / top) * height).toFixed(1);
  let isGap = true;
  return values
    .flatMap((value, index) => {
      if (value === null) {
        isGap = true;
        return [];
      }
      const isAlone = isGap && (values[index + 1] ?? null) === null;
      const point = `${isGap ? 'M' : 'L'}${x(index)} ${y(value)}${isAlone ? 'h0.1' : ''}`;
      isGap = false;
      return [point];
    })
    .join('');
}
