import type { Translation } from '../../../shared/messages/make-texts.ts';
import type { consoleSignIn as english } from '../en/console.ts';

/** Sign-in at the operators’ console, and what stands in place of the console. */
export const consoleSignIn = {
  'console.title': '{title} – Causeway',
  'console.back': 'Zur Konsole',
  'console.choice': 'Wo melden Sie sich an?',
  'console.not-built': 'Die Konsole ist noch nicht gebaut',
  'console.not-built.text':
    'Dieses Relay läuft aus seinen Quellen. Führen Sie dort {command} aus und laden Sie dann diese Seite neu.',
  'console.other-address': 'Die Konsole hat eine andere Adresse',
  'console.other-address.text':
    'Sie antwortet unter {url}, weil ihr Cookie nur dort gilt. Erreichen Sie sie anders, setzen Sie {key}.',

  'console.refused.none': 'Hier kann sich niemand anmelden: admin.console nennt keinen Anmeldedienst.',
  'console.refused.unknown': 'Eine Anmeldung dieses Namens hat die Konsole nicht.',
  'console.refused.not-begun':
    'Dieser Browser hat hier keine laufende Anmeldung. Vielleicht behält er keine Cookies, oder nicht über einfaches http.',
  'console.refused.other': 'Die Antwort gehört zu einer anderen Anmeldung als der dieses Browsers.',
  'console.refused.over': 'Die Anmeldung wurde schon beendet, oder sie hat zu lange gedauert.',
  'console.refused.gone': 'Der Anmeldedienst gehört nicht mehr zu dieser Konsole.',
  'console.refused.method': 'Eine Anmeldung geht nur per GET.',
  'console.refused.address': 'Diese Adresse hätte der Anmeldedienst nicht gesendet.',
  'console.refused.turns': 'Von einer Adresse kommen höchstens {count, number} Anmeldeschritte pro Minute.',
} as const satisfies Translation<typeof english>;
