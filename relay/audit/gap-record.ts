/** The first record after a failure: for how long nothing could be written, why, and how many records were refused. */
export function gapRecord(failure: {
  readonly sinceMs: number;
  readonly reason: string;
  readonly lost: number;
}): string {
  const timeMs = Date.now();
  const detail = `Writing failed (${failure.reason}) for ${timeMs - failure.sinceMs} ms; ${failure.lost} records were refused.`;
  return JSON.stringify({ type: 'relay', timeMs, event: 'audit-recovered', detail });
}
