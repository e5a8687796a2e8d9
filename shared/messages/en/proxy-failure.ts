/** What a proxy did, as the end of a sentence. */
export const proxyFailure = {
  'proxy-failure.password-wanted': 'the proxy {proxy} wants a user name and a password ({by})',
  'proxy-failure.password-refused':
    'the proxy {proxy} doesn’t accept the user name and the password that it was given ({by})',
  'proxy-failure.sign-in': 'the proxy {proxy} wants a sign-in (HTTP 407)',
  'proxy-failure.sign-in-of-kind': 'the proxy {proxy} wants a sign-in of the kind {kinds} (HTTP 407)',
  'proxy-failure.sign-in-by-system':
    'the proxy {proxy} wants a sign-in of the kind {kinds} (HTTP 407), which Causeway can’t make: ask IT to let it through, or use a local helper such as Px',
  'proxy-failure.name-password':
    'the proxy {proxy} wants a sign-in of the kind {kinds} (HTTP 407): name user and password in HTTPS_PROXY, {example}',
  'proxy-failure.environment-refused':
    'the proxy {proxy} doesn’t accept the user and password in HTTPS_PROXY (HTTP 407)',
  'proxy-failure.not-allowed': 'the proxy {proxy} doesn’t allow connections there ({by})',
  'proxy-failure.passed-on': 'the proxy {proxy} can’t reach it ({by})',
  'proxy-failure.refuses': 'the proxy {proxy} refuses the connection ({by})',
  'proxy-failure.unusable': 'the proxy {proxy} can’t be used: {why}',
  'proxy-failure.too-long': 'the proxy {proxy} can’t be given a user name or password of more than 255 bytes (SOCKS)',
  'proxy-failure.ident':
    'the proxy {proxy} wants a sign-in of the kind ident (SOCKS 4), which Causeway can’t make: ask IT to let it through',
  'proxy-failure.name-in-all-proxy':
    'the proxy {proxy} wants a user name and a password (SOCKS): name them in ALL_PROXY, {example}',
  'proxy-failure.other-sign-in':
    'the proxy {proxy} wants a sign-in of another kind than user and password (SOCKS), which Causeway can’t make: ask IT to let it through',
  'proxy-failure.no-socks': 'the proxy {proxy} doesn’t answer as a SOCKS {version} proxy does',
  'proxy-failure.socks-failure': 'general failure',
  'proxy-failure.socks-failed': 'rejected or failed',
  'proxy-failure.socks-network': 'network unreachable',
  'proxy-failure.socks-host': 'host unreachable',
  'proxy-failure.socks-refused': 'connection refused',
  'proxy-failure.socks-late': 'TTL expired',
  'proxy-failure.unknown-kind':
    'This system’s settings name a proxy of the kind {kind}; Causeway uses HTTP, HTTPS and SOCKS proxies.',
  'proxy-failure.no-address': '{name} isn’t the address of a proxy, such as http://proxy.example.com:3128.',
  'proxy-failure.other-kind':
    '{name} names a proxy of the kind “{kind}”; Causeway uses http, https, socks5 and socks4.',
} as const;
