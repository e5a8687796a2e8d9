import type { Translation } from '../make-texts.ts';
import type { permission as english } from '../en/permission.ts';

/** What a rule allows or not, from its parts. */
export const permission = {
  'permission.allow': '{verbs}: {places}',
  'permission.allow-step-up': '{verbs}: {places} (mit neuer Anmeldung)',
  'permission.deny': '{verbs} nicht erlaubt: {places}',
  'permission.missing':
    '{verbs}: {places} (erfordert {count, plural, one {die Gruppe {groups}} other {eine der Gruppen {groups}}})',
  'permission.verb.read': 'lesen',
  'permission.verb.write': 'schreiben',
  'permission.verb.create': 'anlegen',
  'permission.verb.post': 'senden',
  'permission.verb.change': 'ändern',
  'permission.verb.delete': 'löschen',
  'permission.verb.listen': 'mithören',
  'permission.verb.other': '{method}-Anfragen senden',
  'permission.place.everything': 'alles',
  'permission.place.under': 'alles unter {path}',
  'permission.place.at': '{path}',
  'permission.place.like': 'Pfade wie {path}',
} as const satisfies Translation<typeof english>;
