import { currentLocale } from '../../shared/messages/language.ts';
import { uiText } from '../messages/ui-text.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in the largest fitting unit: `8 s`, `24 min`, `2 h`, `3 d`. Never negative. */
export function formatSpan(ms: number): string {
  return spanText(ms, 'ui.span.days');
}

/** How long something is meant to last: `3 d`. German tells it from {@link formatSpan}: für 3 Tage, vor 3 Tagen. */
export function formatLength(ms: number): string {
  return spanText(ms, 'ui.length.days');
}

function spanText(ms: number, days: 'ui.span.days' | 'ui.length.days'): string {
  const span = Math.max(0, ms);
  if (span < minute) return uiText('ui.span.seconds', { n: Math.round(span / second) });
  if (span < hour) return uiText('ui.span.minutes', { n: Math.round(span / minute) });
  if (span < 2 * day) return uiText('ui.span.hours', { n: Math.round(span / hour) });
  return uiText(days, { n: Math.round(span / day) });
}

/** Time relative to now: `just now`, `5 min ago`, `in 2 h`. */
export function formatRelative(timeMs: number, nowMs: number): string {
  const delta = timeMs - nowMs;
  // Relative times are written anew once a minute.
  if (delta > -minute && delta < 5 * second) return uiText('ui.now');
  return delta < 0 ? uiText('ui.ago', { span: formatSpan(-delta) }) : uiText('ui.ahead', { span: formatSpan(delta) });
}

/** Minutes and seconds left, `4:09`; `0:00` once over. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / second));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Making a format takes a hundred times as long as using it, and rows that scroll by need many. It knows one time zone. */
function dateFormat(locale: string): Intl.DateTimeFormat {
  const key = `${locale} ${new Date().getTimezoneOffset()}`;
  const made = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  dateFormats.set(key, made);
  return made;
}

/** Date and time of day to the second, as the person's locale writes them, in their own zone. */
export function formatAbsolute(timeMs: number): string {
  return dateFormat(currentLocale()).format(timeMs);
}

/** Time of day to the second, 24 hours in every language, for columns: `14:02:11`. */
export function formatClock(timeMs: number): string {
  return new Date(timeMs).toLocaleTimeString('en-GB');
}

/** How long a request took: `8 ms`, `1.2 s`, `3 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return uiText('ui.milliseconds.few');
  if (ms < second) return uiText('ui.milliseconds', { n: Math.round(ms) });
  if (ms < minute) return uiText('ui.seconds', { n: ms / second });
  return formatSpan(ms);
}

/** Size with decimal units: `512 B`, `1.4 kB`, `104.9 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['ui.bytes', 'ui.bytes.k', 'ui.bytes.m', 'ui.bytes.g', 'ui.bytes.t'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return uiText(units[unit] ?? 'ui.bytes', { n: value });
}

/** Rate of requests: `1,834 req/s`, `0.4 req/s`; null when there are none. */
export function formatRate(requestsPerSecond: number): string | null {
  if (requestsPerSecond < 0.05) return null;
  return uiText('ui.rate', { n: requestsPerSecond < 10 ? requestsPerSecond : Math.round(requestsPerSecond) });
}

/** A number as the person's locale groups its digits: `2,623`. */
export function formatNumber(value: number): string {
  return value.toLocaleString(currentLocale());
}

/** `1 API`, `3 APIs`, for pages in English only. */
export function formatCount(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Names joined as in a sentence: `a`, `a or b`, `a, b or c`. */
export function joinNames(names: readonly string[], word: 'and' | 'or'): string {
  if (names.length < 2) return names[0] ?? '';
  return uiText(`ui.join.${word}`, { first: names.slice(0, -1).join(', '), last: names[names.length - 1] ?? '' });
}
