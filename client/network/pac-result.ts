/** One way that a system's proxy settings name. */
export type ProxyWay =
  | { readonly type: 'direct' }
  | { readonly type: 'proxy'; readonly url: string }
  /** A kind that this program doesn't speak, such as QUIC. */
  | { readonly type: 'unsupported'; readonly kind: string };

const schemes: Readonly<Record<string, string>> = {
  proxy: 'http',
  http: 'http',
  https: 'https',
  socks: 'socks4',
  socks4: 'socks4',
  socks5: 'socks5',
};

/**
 * Reads what a PAC file's `FindProxyForURL`, or Chromium's `resolveProxy`, answers: ways in the order in which to try
 * them, such as `PROXY a.example:3128; DIRECT`. What can't be read is left out; nothing readable means direct.
 */
export function parsePacResult(text: string): readonly ProxyWay[] {
  const ways = text.split(';').flatMap((part): readonly ProxyWay[] => {
    const [kind = '', place = '', ...more] = part.trim().split(/\s+/);
    const name = kind.toLowerCase();
    if (name === 'direct' && place === '') return [{ type: 'direct' }];
    if (name === 'quic') return [{ type: 'unsupported', kind: name.toUpperCase() }];
    const scheme = schemes[name];
    // A place is host and port: neither user nor path, which would change what is asked.
    if (scheme === undefined || more.length > 0 || !/^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i.test(place)) return [];
    const url = `${scheme}://${place.toLowerCase()}`;
    return URL.canParse(url) ? [{ type: 'proxy', url }] : [];
  });
  return ways.length === 0 ? [{ type: 'direct' }] : ways;
}
