interface Span {
  readonly atMs: number;
  readonly untilMs: number;
}

/** A count of a span as a rate per minute; 0 for none. Pure. */
export function perMinute(span: Span | undefined, count: number | undefined): number {
  if (span === undefined || count === undefined) return 0;
  const minutes = (span.untilMs - span.atMs) / 60_000;
  return minutes > 0 ? count / minutes : 0;
}

/** The last value that is known; null for none. Pure. */
export function latestOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** Requests of all hours together. Pure. */
export function daySummary(hours: readonly { readonly requests: number; readonly denied: number }[]): {
  readonly requests: number;
  readonly denied: number;
} {
  return {
    requests: hours.reduce((sum, { requests }) => sum + requests, 0),
    denied: hours.reduce((sum, { denied }) => sum + denied, 0),
  };
}
