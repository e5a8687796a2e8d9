import { once } from 'node:events';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import { connectThroughSocks } from './connect-through-socks.ts';
import { proxyConnectionFailure } from './proxy-connection-failure.ts';
import { ProxyFailure, ProxyPasswordNeeded, proxyRefusal } from './proxy-failure.ts';
import type { ProxySource } from './proxy-source.ts';
import { isSocks } from './socks.ts';

/**
 * Asks a proxy for one connection to `host:port` (RFC 9110 §9.3.6, RFC 1928), as the app's own requests do, to see what it says.
 * @throws ProxyFailure with what was observed
 */
export async function connectThroughProxy(
  proxy: URL,
  target: { readonly host: string; readonly port: number },
  options: { readonly ca: readonly string[]; readonly signal: AbortSignal },
): Promise<Socket> {
  if (isSocks(proxy)) return await connectThroughSocks(proxy, target, options.signal);
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  const credentials = [proxy.username, proxy.password].map(decodeURIComponent).join(':');
  const request = (proxy.protocol === 'https:' ? requestSecure : requestPlain)({
    method: 'CONNECT',
    host: proxy.hostname.replaceAll(/[[\]]/g, ''),
    port: proxy.port,
    path: authority,
    agent: false,
    ca: [...options.ca],
    signal: options.signal,
    headers: {
      host: authority,
      ...(proxy.username === ''
        ? {}
        : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
  });
  request.end();
  try {
    const [answer, socket] = (await once(request, 'connect')) as [IncomingMessage, Socket];
    if (answer.statusCode === 200) return socket;
    socket.destroy();
    throw proxyRefusal(proxy, answer.statusCode ?? 0, challengesOf(answer.rawHeaders));
  } catch (error) {
    if (error instanceof ProxyFailure) throw error;
    throw proxyConnectionFailure(proxy, error, options.signal.aborted);
  }
}

/** The values of `Proxy-Authenticate`, each by itself. */
export function challengesOf(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && /^proxy-authenticate$/i.test(rawHeaders[index - 1] ?? ''));
}

/** Tells the source what a proxy did, and says so in its words where the person is asked for a password. */
export function noteProxyFailure(proxies: ProxySource, proxy: URL, failure: unknown): unknown {
  if (!(failure instanceof ProxyFailure)) return failure;
  if (failure.unreachable) proxies.didFail?.(proxy);
  if (!failure.takesPassword || proxies.didRefusePassword?.(proxy) !== true) return failure;
  return new ProxyPasswordNeeded(proxy, failure);
}
