import { type ManagedState, managedValue } from '../../shared/managed/managed-state.ts';
import { createHttpClient, type HttpClient } from '../network/http-client.ts';
import { createManagedProxies } from '../network/managed-proxies.ts';
import { createNetworkJudge, createNetworkProbe } from '../network/network-sign-in.ts';
import { createProxyPasswords, type ProxyPasswords } from '../network/proxy-passwords.ts';
import { environmentProxies, type ProxySource } from '../network/proxy-source.ts';
import { createSystemProxies } from '../network/system-proxies.ts';
import { watchProxies } from '../network/watch-proxies.ts';
import type { ClientCoreOptions } from '../profile/core-options.ts';

/** How the client reaches relays and providers. */
export interface CoreNetwork {
  readonly http: HttpClient;
  /** Without certificate and pins, for what has nothing to do with relays. */
  readonly anonymousHttp: HttpClient;
  readonly proxies: ProxySource;
  readonly passwords: ProxyPasswords;
  /** Looks out for other proxies on the way to these addresses, where the system names them. */
  watch(urls: () => readonly string[], onChange: () => void): () => void;
  close(): Promise<void>;
}

interface CoreNetworkOptions {
  readonly core: ClientCoreOptions;
  readonly managed: () => ManagedState;
  readonly isRelay: (hostname: string) => boolean;
  /** A proxy asks for a password, or has one. */
  readonly onChange: () => void;
  readonly now: () => number;
}

/** Opens nothing by itself: connections come with the first request. */
export function createCoreNetwork({ core, managed, isRelay, onChange, now }: CoreNetworkOptions): CoreNetwork {
  const passwords = createProxyPasswords(core.secrets, onChange);
  const { resolveProxy } = core;
  const systemProxies = (environment: typeof process.env): ProxySource =>
    resolveProxy === undefined
      ? environmentProxies
      : createSystemProxies({ resolve: resolveProxy, environment, passwords, now });
  const proxies = createManagedProxies({
    managed,
    unmanaged: systemProxies(process.env),
    system: systemProxies({}),
    passwords: resolveProxy === undefined ? null : passwords,
  });
  const http = createHttpClient({
    proxies,
    pinsOf: (hostname) => (isRelay(hostname) ? (managedValue(managed(), 'certificatePins') ?? []) : []),
    judgeFailure: createNetworkJudge(core.networkProbe ?? createNetworkProbe(), now),
    ...(core.ca ? { ca: core.ca } : {}),
    ...(core.clientCertificate ? { clientCertificate: core.clientCertificate } : {}),
  });
  const anonymousHttp = createHttpClient({ proxies, ...(core.ca ? { ca: core.ca } : {}) });
  return {
    http,
    anonymousHttp,
    proxies,
    passwords,
    watch: (urls, onProxies) =>
      resolveProxy === undefined ? () => undefined : watchProxies({ proxies, urls, onChange: onProxies }),
    async close() {
      await http.close();
      await anonymousHttp.close();
    },
  };
}
