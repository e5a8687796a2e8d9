import type { HopName } from '../../shared/diagnostics.ts';

/** Hops in words, for the command line. */
export const hopTitles: Readonly<Record<HopName, string>> = {
  dns: 'Name (DNS)',
  proxy: 'Proxy',
  tls: 'Secure connection (TLS)',
  clock: 'Clock',
  relay: 'Relay',
  idp: 'Sign-in service',
  token: 'Your sign-in',
  tunnel: 'Tunnel',
  listener: 'Local addresses',
  upstream: 'APIs',
};
