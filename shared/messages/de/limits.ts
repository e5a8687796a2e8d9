import type { Translation } from '../make-texts.ts';
import type { limits as english } from '../en/limits.ts';

/** What is left of limits. */
export const limits = {
  'limits.title': 'Nutzung',
  'limits.at-most': 'Ratenlimit: {limit}',
  'limits.used-up': 'aufgebraucht',
  'limits.left': 'noch {left, number}',
  'limits.left-of': 'Verbleibend von {name}',
  'limits.left-of-limit': '{left, number} von {limit}',
  'limits.of': 'von {limit}',
  'limits.of-resets': 'von {limit}, wird {time} zurückgesetzt',
  'limits.per.month': '{limit, plural, one {# Anfrage} other {# Anfragen}} pro Monat',
  'limits.per.day': '{limit, plural, one {# Anfrage} other {# Anfragen}} pro Tag',
  'limits.per.days': '{limit, plural, one {# Anfrage} other {# Anfragen}} je {count, number} Tage',
  'limits.per.hour': '{limit, plural, one {# Anfrage} other {# Anfragen}} pro Stunde',
  'limits.per.hours': '{limit, plural, one {# Anfrage} other {# Anfragen}} je {count, number} Stunden',
  'limits.per.minute': '{limit, plural, one {# Anfrage} other {# Anfragen}} pro Minute',
  'limits.per.minutes': '{limit, plural, one {# Anfrage} other {# Anfragen}} je {count, number} Minuten',
  'limits.per.second': '{limit, plural, one {# Anfrage} other {# Anfragen}} pro Sekunde',
  'limits.per.seconds': '{limit, plural, one {# Anfrage} other {# Anfragen}} je {count, number} Sekunden',
} as const satisfies Translation<typeof english>;
