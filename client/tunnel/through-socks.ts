import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { callbackify } from 'node:util';
import type { ClientOptions } from 'ws';
import { connectThroughSocks } from '../network/connect-through-socks.ts';

const open = callbackify(connectThroughSocks);

type CreateConnection = NonNullable<ClientOptions['createConnection']>;

/** What Node gives to the one who makes a request's connection. */
type RequestOptions = ConnectionOptions;
type Callback = (error: Error | null, socket?: Socket) => void;

/** Makes a WebSocket's connection through a SOCKS proxy; `onOpen` is called once the proxy lets it through. */
export function throughSocks(
  proxy: URL,
  { secure, signal, onOpen }: { readonly secure: boolean; readonly signal: AbortSignal; readonly onOpen: () => void },
): CreateConnection {
  const create = (options: RequestOptions, callback: Callback): void => {
    const { host = '', port } = options;
    open(proxy, { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }, signal, (error, socket) => {
      if (error !== null) {
        callback(error);
        return;
      }
      onOpen();
      callback(null, secure ? inTls(options, socket) : socket);
    });
  };
  // Node takes the connection by the callback, which ws's type doesn't say.
  return create as unknown as CreateConnection;
}

function inTls({ host = '', path: _path, ...options }: RequestOptions, socket: Socket): Socket {
  return connectTls({ ...options, host, servername: isIP(host) === 0 ? host : '', socket });
}
