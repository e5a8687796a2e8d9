import type { UserProblem } from '../../shared/errors.ts';

/** Steps between this computer and the APIs, in the order in which a request needs them. */
export type HopName = 'dns' | 'proxy' | 'tls' | 'clock' | 'relay' | 'idp' | 'token' | 'tunnel' | 'listener';

/** What was found at one hop; `skipped` when an earlier one makes it pointless to try. */
export type Hop =
  | { readonly hop: HopName; readonly status: 'ok' | 'skipped'; readonly detail: string }
  | { readonly hop: HopName; readonly status: 'failed'; readonly detail: string; readonly problem: UserProblem };

/** Hops in words. */
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
};
