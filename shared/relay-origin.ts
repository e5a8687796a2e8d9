import { isLoopbackHost } from './loopback-host.ts';

/**
 * The origin of a relay’s address as IT writes it: `https://relay.example.com`, or without the scheme; null for anything
 * else. Plain http is taken for this computer only.
 */
export function relayOriginOf(written: string): string | null {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `https://${written}`;
  if (written === '' || /[\s\\]/.test(written) || !URL.canParse(withScheme)) return null;
  const { protocol, hostname, username, password, pathname, search, hash, origin } = new URL(withScheme);
  if (hostname === '' || hostname.includes('%') || `${username}${password}${search}${hash}` !== '') return null;
  if (pathname !== '/') return null;
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname)) ? origin : null;
}
