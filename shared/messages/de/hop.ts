import type { Translation } from '../make-texts.ts';
import type { hop as english } from '../en/hop.ts';

/** What Diagnostics found at each step, for a help desk. */
export const hop = {
  'hop.skipped': 'ein früherer Schritt schlägt fehl',
  'hop.dns.address': '{host} ist eine Adresse; kein Name nötig',
  'hop.dns.found': '{host} ist {addresses}',
  'hop.dns.by-proxy': 'den Namen löst der Proxy auf',
  'hop.proxy.none': 'keiner',
  'hop.proxy.opens': '{proxy} öffnet Verbindungen zum Relay',
  'hop.tls.plain': 'HTTP ohne Verschlüsselung, nur auf diesem Computer',
  'hop.tls.found': '{protocol}, Zertifikat gültig bis {end}, ausgestellt von {issuer}',
  'hop.tls.late': '{host} antwortet nicht innerhalb von {seconds, number} Sekunden.',
  'hop.clock.unknown': 'unbekannt, weil das Relay nichts dazu sagt',
  'hop.clock.agrees': 'stimmt mit der des Relays überein',
  'hop.relay.found': '{name}, Version {version}',
  'hop.idp.dpop': '{issuer}, bindet Tokens mit DPoP',
  'hop.token.signed-in': 'angemeldet',
  'hop.token.person': 'angemeldet als {name}; {open, number} von {all, number} APIs sind frei',
  'hop.tunnel.late': 'Der Tunnel öffnet sich nicht innerhalb von {seconds, number} Sekunden.',
  'hop.tunnel.open': 'offen',
  'hop.tunnel.round-trip': 'offen, {ms, number} ms hin und zurück',
  'hop.listener.test': 'eine Probe',
  'hop.listener.opens': '{address} öffnet sich und antwortet',
  'hop.upstream.none': 'noch keine Anfrage',
  'hop.upstream.failing': '{api} hat die letzte Anfrage mit {status} beantwortet.',
  'hop.upstream.answered': '{apis}: letzte Anfrage beantwortet',
} as const satisfies Translation<typeof english>;
