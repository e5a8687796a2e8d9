import type { Translation } from '../make-texts.ts';
import type { settings as english } from '../en/settings.ts';

/** The Settings screen. */
export const settings = {
  'settings.title': 'Einstellungen',
  'settings.intro': 'Änderungen gelten sofort.',
  'settings.general': 'Allgemein',
  'settings.theme': 'Design',
  'settings.theme.text': '„System“ richtet sich nach Ihrem Computer.',
  'settings.theme.system': 'System',
  'settings.theme.light': 'Hell',
  'settings.theme.dark': 'Dunkel',
  'settings.language': 'Sprache',
  'settings.language.text': 'Für alle Texte, Zahlen und Datumsangaben. „System“ richtet sich nach Ihrem Computer.',
  'settings.language.system': 'System',
  'settings.language.en': 'English',
  'settings.language.de': 'Deutsch',
  'settings.keepRunningWhenClosed': 'Nach dem Schließen weiterlaufen',
  'settings.keepRunningWhenClosed.text':
    'Ihre Verbindungen bleiben bestehen, wenn Sie das Fenster schließen. Über das Symbol im Infobereich öffnen Sie es wieder.',
  'settings.startAtLogin': 'Beim Anmelden starten',
  'settings.startAtLogin.text': 'Ihre Verbindungen sind wieder da, sobald Sie sich an diesem Computer anmelden.',
  'settings.notifications': 'Mitteilungen',
  'settings.notifications.text': 'Nur wenn Sie gebraucht werden, etwa bevor Ihre Anmeldung endet.',
  'settings.ports': 'Ports und Namen',
  'settings.relays': 'Relays',
  'settings.gateway': 'Port für Adressen mit Namen',
  'settings.gateway.text': 'Gilt für alle APIs, zum Beispiel {address}.',
  'settings.gateway.change': 'Port für Adressen mit Namen ändern',
  'settings.change': 'Ändern',
  'settings.version': 'Causeway {version}',
} as const satisfies Translation<typeof english>;
