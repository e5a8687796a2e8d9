import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici';
import { isLoopbackHost } from '../../shared/loopback-host.ts';

/** The way out for what the relay asks of identity providers and directories. */
export interface Outbound {
  dispatcherFor(url: string): Dispatcher;
  close(): void;
}

export interface OutboundOptions {
  /**
   * `environment`: the proxy that HTTPS_PROXY and HTTP_PROXY name, except for what NO_PROXY names and for this computer.
   * `none`: no proxy. An address: that proxy for everything, this computer too.
   */
  readonly proxy?: string;
  /** Only these authorities count for the server at the other end; a proxy's own certificate is the system's matter. */
  readonly caPem?: string | undefined;
  /** Certificate of this very relay (PEM), which counts besides the usual authorities where it asks itself. */
  readonly ownCertificate?: string | undefined;
  /** Client certificate for the server at the other end. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** For a connection to be there, in milliseconds. */
  readonly timeoutMs: number;
  /** At most this many connections to a server. */
  readonly connections?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Opens nothing until something is asked for. Through a proxy, TLS is end to end (CONNECT, RFC 9110 §9.3.6). */
export function openOutbound(options: OutboundOptions): Outbound {
  const { proxy = 'environment', timeoutMs, environment = process.env } = options;
  const connect = {
    timeout: timeoutMs,
    ...(options.caPem === undefined ? {} : { ca: options.caPem }),
    ...(options.ownCertificate === undefined
      ? {}
      : { ca: [...getCACertificates('default'), options.ownCertificate], allowPartialTrustChain: true }),
    ...options.certificate,
  };
  const pool = {
    keepAliveTimeout: 1000,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
  };
  const made = new Map<'direct' | 'environment' | 'named', Dispatcher>();
  const direct = (): Dispatcher => new Agent({ ...pool, connect });
  const through = { ...pool, connect, requestTls: connect, proxyTls: { timeout: timeoutMs }, proxyTunnel: true };
  const named = (name: string): string => environment[name] || environment[name.toUpperCase()] || '';

  const make = {
    direct,
    environment: () =>
      new EnvHttpProxyAgent({
        ...through,
        httpProxy: named('http_proxy'),
        httpsProxy: named('https_proxy') || named('http_proxy'),
        noProxy: named('no_proxy'),
      }),
    named: () => new ProxyAgent({ ...through, uri: proxy }),
  };

  return {
    dispatcherFor(url) {
      const isLocal = isLoopbackHost(new URL(url).hostname);
      const way =
        proxy === 'none' || (proxy === 'environment' && isLocal) ? 'direct' : proxy === 'environment' ? proxy : 'named';
      let dispatcher = made.get(way);
      if (dispatcher === undefined) made.set(way, (dispatcher = make[way]()));
      return dispatcher;
    },
    close() {
      for (const dispatcher of made.values()) void dispatcher.destroy();
      made.clear();
    },
  };
}
