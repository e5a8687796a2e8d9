import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch, type RequestInit, type Response } from 'undici';
import type { ClientCertificate } from './client-certificate.ts';
import { isLoopbackHost } from './loopback.ts';
import { trustedAuthorities } from './trusted-authorities.ts';

/** One request to the relay or the identity provider. Rejects like `fetch`, `timeoutMs` after the start at the latest. */
export type HttpClient = {
  fetch(url: string, init?: RequestInit & { readonly timeoutMs?: number }): Promise<Response>;
  close(): Promise<void>;
  /** Whether servers that ask for it get a client certificate. */
  readonly presentsCertificate?: boolean;
};

const defaultTimeoutMs = 15_000;

/**
 * HTTP for everything but the tunnel. Uses the proxy that HTTPS_PROXY and NO_PROXY name, never for loopback;
 * trusts the system's authorities and `ca`. Redirects are not followed: neither the relay's endpoints nor an
 * identity provider's (RFC 9700 §4.11) have any business redirecting a request that carries a secret.
 */
export function createHttpClient(
  options: { readonly ca?: readonly string[]; readonly clientCertificate?: ClientCertificate } = {},
): HttpClient {
  const dispatchers = new Map<'direct' | 'proxied', Dispatcher>();

  function dispatcherFor(url: string): Dispatcher {
    const kind = isLoopbackHost(new URL(url).hostname) ? 'direct' : 'proxied';
    let dispatcher = dispatchers.get(kind);
    if (!dispatcher) {
      const tls = { ca: trustedAuthorities(options.ca), timeout: 10_000, ...options.clientCertificate };
      const toProxy = { ca: tls.ca, timeout: tls.timeout };
      dispatcher =
        kind === 'direct'
          ? new Agent({ connect: tls })
          : new EnvHttpProxyAgent({ connect: tls, requestTls: tls, proxyTls: toProxy });
      dispatchers.set(kind, dispatcher);
    }
    return dispatcher;
  }

  return {
    presentsCertificate: options.clientCertificate !== undefined,
    async fetch(url, { timeoutMs = defaultTimeoutMs, ...init } = {}) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
      return await fetch(url, { redirect: 'manual', ...init, signal, dispatcher: dispatcherFor(url) });
    },
    async close() {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
      dispatchers.clear();
    },
  };
}
