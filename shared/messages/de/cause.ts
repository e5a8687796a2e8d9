import type { Translation } from '../make-texts.ts';
import type { cause as english } from '../en/cause.ts';

export const cause = {
  'cause.awaits.sign-in': 'Ihre Anmeldung',
  'cause.awaits.sign-in-service': 'den Anmeldedienst',
  'cause.awaits.network': 'das Netzwerk',
  'cause.awaits.network-page': 'Ihre Anmeldung bei diesem Netzwerk',
  'cause.awaits.proxy': 'den Proxy',
  'cause.awaits.certificate': 'ein vertrauenswürdiges Zertifikat',
  'cause.awaits.clock': 'die Uhr dieses Computers',
  'cause.awaits.update': 'ein Update von Causeway',
  'cause.awaits.unlocking': 'die Freigabe durch die IT',
  'cause.awaits.audit': 'die Aufzeichnung des Relays',
  'cause.awaits.shared-state': 'den gemeinsamen Speicher der Relays',
  'cause.awaits.relay': 'das Relay',
  'cause.signed-out.title': 'Sie sind bei {relay} nicht angemeldet',
  'cause.signed-out.hint': 'Melden Sie sich an und versuchen Sie es dann erneut.',
  'cause.signing-in.title': 'Ihre Anmeldung läuft',
  'cause.signing-in.hint': 'Schließen Sie sie im Browser ab. Ihre Verbindungen kommen von selbst zurück.',
  'cause.connecting.title': 'Verbindung mit {relay} wird aufgebaut',
  'cause.connecting.hint': 'Sie müssen nichts tun.',
  'cause.out-of-reach.hint': 'Causeway versucht es von selbst erneut. Wenn es anhält, sagen Sie der IT Bescheid.',
  'cause.draining.title': 'Das Relay hält bald an',
  'cause.draining.text': 'Was läuft, wird dort beendet. Causeway wechselt von selbst zum nächsten Relay.',
  'cause.outlook.at-once': 'Jetzt gestellte Anfragen erhalten 503. Nichts wird doppelt gesendet.',
  'cause.outlook.waits':
    'Jetzt gestellte Anfragen warten bis zu {span} darauf und erhalten dann 503. Nichts wird doppelt gesendet.',
  'cause.waiting': '{count, plural, one {# Verbindung wartet.} other {# Verbindungen warten.}}',
} as const satisfies Translation<typeof english>;
