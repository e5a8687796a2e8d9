import { AccessError } from '../../shared/errors.ts';

/** Milliseconds since the epoch of an ISO 8601 time. @throws AccessError `bad-input` */
export function timeOf(text: string): number {
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) {
    throw new AccessError('bad-input', `“${text}” isn’t a time. Write it like 2026-01-31T08:00:00Z.`);
  }
  return timeMs;
}
