import type { Translation } from '../make-texts.ts';
import type { relays as english } from '../en/relays.ts';

/** The relays that the app knows. */
export const relays = {
  'relays.others': 'Ihre anderen Relays',
  'relays.add': 'Relay hinzufügen',
  'relays.line': '{host}, {status}',
  'relays.remove-one': '{relay} entfernen',
  'relays.remove': 'Entfernen',
  'relays.remove.title': '{relay} entfernen?',
  'relays.remove.text': 'Sie werden dort abgemeldet, die Verbindungen enden, Favoriten und Ports werden vergessen.',
  'relays.status.signed-out': 'Abgemeldet',
  'relays.status.signing-in': 'Anmeldung läuft',
  'relays.status.attention': 'Handeln nötig',
  'relays.status.connected': 'Online',
  'relays.status.connecting': 'Wird verbunden',
  'relays.status.reconnecting': 'Wird neu verbunden',
  'relays.status.ready': 'Bereit',
} as const satisfies Translation<typeof english>;
