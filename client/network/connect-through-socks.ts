import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SocksClient } from 'socks';
import { text } from '../../shared/messages/text.ts';
import { proxyName } from './proxy-for.ts';
import { proxyConnectionFailure } from './proxy-connection-failure.ts';
import { ProxyFailure } from './proxy-failure.ts';
import { socksPort, socksVersion } from './socks.ts';
import { socksFailure } from './socks-failure.ts';

/** User and password are each as long as one byte counts (RFC 1929 §2). */
const longestCredential = 255;

/**
 * Asks a SOCKS proxy (RFC 1928, or version 4a) for one connection to `host:port`; names are looked up by the proxy.
 * @throws ProxyFailure with what was observed
 */
export async function connectThroughSocks(
  proxy: URL,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const [userId, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  if ([userId, password].some((part = '') => Buffer.byteLength(part) > longestCredential)) {
    throw new ProxyFailure(text('proxy-failure.too-long', { proxy: proxyName(proxy) }), { kind: 'proxy-sign-in' });
  }
  const socket = connect({
    host: proxy.hostname.replaceAll(/[[\]]/g, ''),
    port: proxy.port === '' ? socksPort : Number(proxy.port),
  });
  const giveUp = (): unknown => socket.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await once(socket, 'connect', { signal });
    await SocksClient.createConnection({
      command: 'connect',
      existing_socket: socket,
      destination: { ...target },
      proxy: {
        host: proxy.hostname,
        port: socksPort,
        type: socksVersion(proxy),
        ...(proxy.username === '' ? {} : { userId: userId ?? '', password: password ?? '' }),
      },
    });
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw proxyConnectionFailure(proxy, error, true);
    const isOwn = (error as NodeJS.ErrnoException).code !== undefined;
    throw isOwn ? proxyConnectionFailure(proxy, error, false) : socksFailure(proxy, (error as Error).message);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
