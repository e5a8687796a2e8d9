import type { Translation } from '../make-texts.ts';
import type { tray as english } from '../en/tray.ts';

/** The icon in the tray and its menu. */
export const tray = {
  'tray.tooltip': 'Causeway: {line}',
  'tray.signed-out': 'Abgemeldet',
  'tray.idle': 'Angemeldet, nichts verbunden',
  'tray.connected': '{count, plural, one {# API verbunden} other {# APIs verbunden}}',
  'tray.reconnecting': 'Verbindung wird wiederhergestellt…',
  'tray.paused': 'Angehalten',
  'tray.attention': 'Braucht Ihre Aufmerksamkeit',
  'tray.relay': '{relay}: {line}',
  'tray.connect-favourites': 'Alle Favoriten verbinden',
  'tray.copy': 'Adresse kopieren',
  'tray.pause': 'Anhalten',
  'tray.resume': 'Fortsetzen',
  'tray.sign-in': 'Anmelden…',
  'tray.open': 'Causeway öffnen',
  'tray.quit': 'Causeway beenden',
} as const satisfies Translation<typeof english>;
