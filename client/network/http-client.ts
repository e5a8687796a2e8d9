import { Agent, type Dispatcher, fetch, ProxyAgent, type RequestInit, type Response } from 'undici';
import type { ClientCertificate } from './client-certificate.ts';
import { connectionFailure } from './connection-failure.ts';
import { connectThroughProxy, noteProxyFailure } from './connect-through-proxy.ts';
import type { NetworkJudge } from './network-sign-in.ts';
import { proxyConnectionFailure } from './proxy-connection-failure.ts';
import { ProxyFailure } from './proxy-failure.ts';
import { environmentProxies, type ProxySource } from './proxy-source.ts';
import { isSocks } from './socks.ts';
import { socksConnector } from './socks-connector.ts';
import { pinnedIdentity } from './certificate-pins.ts';
import { trustedAuthorities } from './trusted-authorities.ts';

/** One request to the relay or the identity provider. Rejects like `fetch`, `timeoutMs` after the start at the latest. */
export type HttpClient = {
  fetch(url: string, init?: RequestInit & { readonly timeoutMs?: number }): Promise<Response>;
  close(): Promise<void>;
  /** Whether servers that ask for it get a client certificate. */
  readonly presentsCertificate?: boolean;
  /** Says of a failure to reach the relay whether the network's own sign-in page is what stands in the way. */
  readonly judgeFailure?: NetworkJudge;
};

const defaultTimeoutMs = 15_000;
const connectTimeoutMs = 10_000;
const probeTimeoutMs = 3_000;

/**
 * HTTP for everything but the tunnel. Uses the proxy that `proxies` says (default the environment's), names it when it
 * is at fault, and reads through another one where the system names several; trusts the system's authorities and `ca`. Redirects are not followed: neither the relay's endpoints nor an
 * identity provider's (RFC 9700 §4.11) have any business redirecting a request that carries a secret.
 */
export function createHttpClient(
  options: {
    readonly ca?: readonly string[];
    readonly clientCertificate?: ClientCertificate;
    readonly proxies?: ProxySource;
    /** Keys of which one has to be in the certificate chain of a host; none by default. */
    readonly pinsOf?: (hostname: string) => readonly string[];
    readonly judgeFailure?: NetworkJudge;
  } = {},
): HttpClient {
  const { proxies = environmentProxies, pinsOf = () => [] } = options;
  const dispatchers = new Map<string, Dispatcher>();

  function dispatcherFor(proxy: URL | null, pins: readonly string[]): Dispatcher {
    // With other pins, connections that were made under the former ones count no more.
    const kind = [proxy?.href ?? 'direct', ...pins].join(' ');
    let dispatcher = dispatchers.get(kind);
    if (!dispatcher) {
      const tls = {
        ca: trustedAuthorities(options.ca),
        timeout: connectTimeoutMs,
        ...options.clientCertificate,
        ...pinnedIdentity(pins),
      };
      dispatcher =
        proxy === null
          ? new Agent({ connect: tls })
          : isSocks(proxy)
            ? new Agent({ connect: socksConnector(proxy, tls) })
            : new ProxyAgent({ uri: proxy.href, requestTls: tls, proxyTls: { ca: tls.ca, timeout: tls.timeout } });
      dispatchers.set(kind, dispatcher);
    }
    return dispatcher;
  }

  /** What stands in the way, when it is the proxy; it is asked once more, because only so it tells what it wants. */
  async function proxyProblem(proxy: URL, url: string, error: unknown, late: boolean): Promise<unknown> {
    if (connectionFailure(error)?.kind === 'certificate') return error;
    if ((error as Error).cause instanceof ProxyFailure) return (error as Error).cause;
    const { hostname, port } = new URL(url);
    const target = { host: hostname.replaceAll(/[[\]]/g, ''), port: port === '' ? 443 : Number(port) };
    const ca = trustedAuthorities(options.ca);
    try {
      const socket = await connectThroughProxy(proxy, target, { ca, signal: AbortSignal.timeout(probeTimeoutMs) });
      socket.destroy();
      return error;
    } catch (failure) {
      return late ? proxyConnectionFailure(proxy, error, true) : failure;
    }
  }

  return {
    presentsCertificate: options.clientCertificate !== undefined,
    ...(options.judgeFailure === undefined ? {} : { judgeFailure: options.judgeFailure }),
    async fetch(url, { timeoutMs = defaultTimeoutMs, ...init } = {}) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
      const tried = new Set<string>();
      for (;;) {
        const proxy = await proxies.proxyFor(url);
        const dispatcher = dispatcherFor(proxy, pinsOf(new URL(url).hostname));
        try {
          return await fetch(url, { redirect: 'manual', ...init, signal, dispatcher });
        } catch (error) {
          if (proxy === null || init.signal?.aborted === true) throw error;
          const problem = noteProxyFailure(proxies, proxy, await proxyProblem(proxy, url, error, timeout.aborted));
          tried.add(proxy.href);
          const unreachable = problem instanceof ProxyFailure && problem.unreachable;
          // What changes something isn't sent a second time.
          const isRead = (init.method ?? 'GET') === 'GET';
          if (!unreachable || !isRead || timeout.aborted) throw problem;
          const next = await proxies.proxyFor(url);
          if (next !== null && tried.has(next.href)) throw problem;
        }
      }
    },
    async close() {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
      dispatchers.clear();
    },
  };
}
