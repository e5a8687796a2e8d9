const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in the largest fitting unit: `8 s`, `24 min`, `2 h`, `3 d`. Never negative. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < minute) return `${Math.round(span / second)} s`;
  if (span < hour) return `${Math.round(span / minute)} min`;
  if (span < 2 * day) return `${Math.round(span / hour)} h`;
  return `${Math.round(span / day)} d`;
}

/** Time relative to now: `just now`, `5 min ago`, `in 2 h`. */
export function formatRelative(timeMs: number, nowMs: number): string {
  const delta = timeMs - nowMs;
  if (Math.abs(delta) < 5 * second) return 'just now';
  return delta < 0 ? `${formatSpan(-delta)} ago` : `in ${formatSpan(delta)}`;
}

/** Minutes and seconds left, `4:09`; `0:00` once over. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / second));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Date and time of day to the second, in the person's own locale and zone. */
export function formatAbsolute(timeMs: number): string {
  return new Date(timeMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Time of day to the second, 24 hours: `14:02:11`. */
export function formatClock(timeMs: number): string {
  return new Date(timeMs).toLocaleTimeString('en-GB');
}

/** How long a request took: `8 ms`, `1.2 s`, `3 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return '<1 ms';
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${(ms / second).toFixed(1)} s`;
  return formatSpan(ms);
}

/** Size with decimal units: `512 B`, `1.4 kB`, `104.9 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Rate of requests: `1,834 req/s`, `0.4 req/s`; null when there are none. */
export function formatRate(requestsPerSecond: number): string | null {
  if (requestsPerSecond < 0.05) return null;
  const digits = requestsPerSecond < 10 ? 1 : 0;
  return `${requestsPerSecond.toLocaleString('en', { maximumFractionDigits: digits })} req/s`;
}

/** `1 API`, `3 APIs`. */
export function formatCount(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Names joined as in a sentence: `a`, `a or b`, `a, b or c`. */
export function joinNames(names: readonly string[], word: 'and' | 'or'): string {
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} ${word} ${names[names.length - 1] ?? ''}`;
}
