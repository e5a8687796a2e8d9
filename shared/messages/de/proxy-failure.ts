import type { Translation } from '../make-texts.ts';
import type { proxyFailure as english } from '../en/proxy-failure.ts';

/** What a proxy did, as the end of a sentence. */
export const proxyFailure = {
  'proxy-failure.password-wanted': 'der Proxy {proxy} verlangt Benutzername und Kennwort ({by})',
  'proxy-failure.password-refused': 'der Proxy {proxy} nimmt Benutzername und Kennwort nicht an ({by})',
  'proxy-failure.sign-in': 'der Proxy {proxy} verlangt eine Anmeldung (HTTP 407)',
  'proxy-failure.sign-in-of-kind': 'der Proxy {proxy} verlangt eine Anmeldung der Art {kinds} (HTTP 407)',
  'proxy-failure.sign-in-by-system':
    'der Proxy {proxy} verlangt eine Anmeldung der Art {kinds} (HTTP 407), die Causeway nicht leisten kann: Bitten Sie die IT um eine Ausnahme, oder verwenden Sie ein lokales Hilfsprogramm wie Px',
  'proxy-failure.name-password':
    'der Proxy {proxy} verlangt eine Anmeldung der Art {kinds} (HTTP 407): Nennen Sie Benutzername und Kennwort in HTTPS_PROXY, {example}',
  'proxy-failure.environment-refused':
    'der Proxy {proxy} nimmt Benutzername und Kennwort aus HTTPS_PROXY nicht an (HTTP 407)',
  'proxy-failure.not-allowed': 'der Proxy {proxy} lässt Verbindungen dorthin nicht zu ({by})',
  'proxy-failure.passed-on': 'der Proxy {proxy} erreicht das Ziel nicht ({by})',
  'proxy-failure.refuses': 'der Proxy {proxy} lehnt die Verbindung ab ({by})',
  'proxy-failure.unusable': 'der Proxy {proxy} ist nicht verwendbar ({why})',
  'proxy-failure.too-long':
    'Benutzername oder Kennwort für den Proxy {proxy} haben mehr als 255 Bytes, was SOCKS nicht vorsieht',
  'proxy-failure.ident':
    'der Proxy {proxy} verlangt eine Anmeldung der Art ident (SOCKS 4), die Causeway nicht leisten kann: Bitten Sie die IT um eine Ausnahme',
  'proxy-failure.name-in-all-proxy':
    'der Proxy {proxy} verlangt Benutzername und Kennwort (SOCKS): Nennen Sie beides in ALL_PROXY, {example}',
  'proxy-failure.other-sign-in':
    'der Proxy {proxy} verlangt eine andere Anmeldung als Benutzername und Kennwort (SOCKS), die Causeway nicht leisten kann: Bitten Sie die IT um eine Ausnahme',
  'proxy-failure.no-socks': 'der Proxy {proxy} antwortet nicht wie ein Proxy für SOCKS {version}',
  'proxy-failure.socks-failure': 'allgemeiner Fehler',
  'proxy-failure.socks-failed': 'abgelehnt oder fehlgeschlagen',
  'proxy-failure.socks-network': 'Netzwerk nicht erreichbar',
  'proxy-failure.socks-host': 'Host nicht erreichbar',
  'proxy-failure.socks-refused': 'Verbindung abgelehnt',
  'proxy-failure.socks-late': 'TTL abgelaufen',
  'proxy-failure.unknown-kind':
    'Die Einstellungen dieses Systems nennen einen Proxy der Art {kind}; Causeway verwendet Proxys für HTTP, HTTPS und SOCKS.',
  'proxy-failure.no-address': '{name} ist keine Adresse eines Proxys wie http://proxy.example.com:3128.',
  'proxy-failure.other-kind':
    '{name} nennt einen Proxy der Art „{kind}“; Causeway verwendet http, https, socks5 und socks4.',
} as const satisfies Translation<typeof english>;
