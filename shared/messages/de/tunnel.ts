import type { Translation } from '../make-texts.ts';
import type { tunnel as english } from '../en/tunnel.ts';

/** How the way to the relay is doing. */
export const tunnel = {
  'tunnel.open': 'Offen, geöffnet {time}',
  'tunnel.open-round-trip': 'Offen, geöffnet {time}, {roundTrip} bis zum Relay',
  'tunnel.copy-id': 'Sitzungskennung kopieren',
  'tunnel.connecting': 'Verbindung wird hergestellt.',
  'tunnel.reconnecting': 'Unterbrochen {time}, Versuch {attempt, number}.',
  'tunnel.closed': 'Wird mit der ersten Verbindung geöffnet',
  'tunnel.wait':
    'Anfragen warten jetzt bis zu 10 Sekunden darauf, dann erhalten sie 503. Nichts wird doppelt gesendet.',
  'tunnel.draining': 'Das Relay wird gleich beendet',
  'tunnel.draining.text': 'Laufendes wird dort noch fertig. Causeway wechselt von selbst zum nächsten Relay.',
  'tunnel.connecting-to': 'Verbindung zu {relay} wird hergestellt',
  'tunnel.restarting': 'Das Relay startet neu',
  'tunnel.no-answer': '{relay} antwortet noch nicht',
  'tunnel.waiting': '{count, plural, one {# Verbindung wartet} other {# Verbindungen warten}}.',
} as const satisfies Translation<typeof english>;
