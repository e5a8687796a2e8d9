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
} as const satisfies Translation<typeof english>;
