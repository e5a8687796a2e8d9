import type { Translation } from '../make-texts.ts';
import type { trend as english } from '../en/trend.ts';

/** How an API was used over the last hour. */
export const trend = {
  'trend.title': 'Letzte Stunde, der gelisteten Anfragen',
  'trend.requests': 'Anfragen',
  'trend.requests.numbers':
    '{total, plural, one {# Anfrage} other {# Anfragen}} in der letzten Stunde, höchstens {most, number} in zwei Minuten',
  'trend.latency': 'Latenz',
  'trend.latency.numbers': '{mean} im Mittel der letzten Stunde, höchstens {longest}',
  'trend.errors': 'Fehler',
  'trend.errors.numbers':
    '{errors, plural, =0 {Keine Fehler} one {# Fehler} other {# Fehler}} in der letzten Stunde, bei {total, plural, one {# Anfrage} other {# Anfragen}}',
  'trend.count': '{count, number}',
} as const satisfies Translation<typeof english>;
