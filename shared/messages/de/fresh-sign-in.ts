import type { Translation } from '../make-texts.ts';
import type { freshSignIn as english } from '../en/fresh-sign-in.ts';

export const freshSignIn = {
  'fresh-sign-in.write': 'Schreiben in {api} erfordert {demand}.',
  'fresh-sign-in.write-at': 'Schreiben in {api} unter {path} erfordert {demand}.',
  'fresh-sign-in.read': 'Lesen in {api} erfordert {demand}.',
  'fresh-sign-in.read-at': 'Lesen in {api} unter {path} erfordert {demand}.',
  'fresh-sign-in.own': 'Sie wollten sich erneut anmelden.',
  'fresh-sign-in.any': 'eine Anmeldung',
  'fresh-sign-in.age': 'eine Anmeldung, die höchstens {age} her ist',
  'fresh-sign-in.kind': 'eine Anmeldung {kind}',
  'fresh-sign-in.age-and-kind': 'eine Anmeldung {kind}, die höchstens {age} her ist',
  'fresh-sign-in.kind.passkey': 'mit Passkey oder Sicherheitsschlüssel',
  'fresh-sign-in.kind.hardware': 'mit einem in Hardware geschützten Passkey oder Sicherheitsschlüssel',
  'fresh-sign-in.kind.second-factor': 'mit einem zweiten Faktor',
  'fresh-sign-in.kind.named': 'der Art {kinds}',
  'fresh-sign-in.either': '{one} oder {other}',
  'fresh-sign-in.seconds': '{count, plural, one {# Sekunde} other {# Sekunden}}',
  'fresh-sign-in.minutes': '{count, plural, one {# Minute} other {# Minuten}}',
  'fresh-sign-in.hours': '{count, plural, one {# Stunde} other {# Stunden}}',
  'fresh-sign-in.days': '{count, plural, one {# Tag} other {# Tage}}',
} as const satisfies Translation<typeof english>;
