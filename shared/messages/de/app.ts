import type { Translation } from '../make-texts.ts';
import type { app as english } from '../en/app.ts';

export const app = {
  'app.loading': 'Wird geladen',
  'app.try-again': 'Erneut versuchen',
  'app.pop-ups': 'Eingeblendete Fenster',
  'app.problem': '{title}. {detail} {hint}',
  'app.all': 'Alle',
  'app.cancel': 'Abbrechen',
  'app.show-all': 'Alle anzeigen',
  'app.sign-out': 'Abmelden',
  'app.save': 'Speichern',
  'app.no-match': 'Keine Treffer für „{search}“.',
  'app.signed-in': 'Angemeldet',
  'app.renews-itself': 'Automatisch, spätestens {time}',
  'app.no-match.title': 'Keine Treffer',
  'app.look-again': 'Erneut prüfen',
  'app.back': 'Zurück',
  'app.problem-short': '{title}. {hint}',
  'app.nothing-there': 'Hier gibt es nichts anzuzeigen',
  'app.nothing-there.api': 'Kein Relay, an dem Sie angemeldet sind, bietet Ihnen die API {id}.',
  'app.nothing-there.request': 'Keine Anfrage {id} ist Ihre oder von Ihnen zu entscheiden.',
} as const satisfies Translation<typeof english>;
