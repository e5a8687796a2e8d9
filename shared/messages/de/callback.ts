import type { Translation } from '../make-texts.ts';
import type { callback as english } from '../en/callback.ts';

/** The browser page that ends a sign-in. */
export const callback = {
  'callback.done': 'Sie sind angemeldet',
  'callback.done.text': 'Sie können diesen Tab schließen und zu Causeway zurückkehren.',
  'callback.other-host': 'Diese Adresse gehört allein zur Anmeldung von Causeway.',
  'callback.nothing': 'Hier ist nichts.',
  'callback.get': 'Die Antwort einer Anmeldung kommt per GET.',
  'callback.twice': 'Die Antwort enthält „{name}“ mehrfach.',
  'callback.other-sign-in':
    'Diese Antwort gehört zu einer anderen Anmeldung. Schließen Sie diese Seite und verwenden Sie die neueste.',
  'callback.other-issuer': 'Diese Antwort kommt nicht von dem Anmeldedienst, der gefragt wurde.',
  'callback.neither': 'Die Antwort muss entweder einen Code oder einen Fehler enthalten.',
  'callback.none-waits': 'Keine Anmeldung wartet auf eine Antwort.',
  'callback.refused': 'Das ist nicht die Antwort der Anmeldung',
  'callback.refused.text': '{reason} Die laufende Anmeldung ist davon nicht betroffen.',
} as const satisfies Translation<typeof english>;
