import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A forward proxy on loopback that knows nothing but CONNECT (RFC 9110 §9.3.6). */
export interface ConnectProxy extends AsyncDisposable {
  readonly url: string;
  /** `host:port` of each tunnel that was asked for, in order. */
  readonly tunnels: readonly string[];
  /** Requests that weren't for a tunnel: each would have shown its content to the proxy. */
  readonly others: readonly string[];
  /** Answers with this status instead of opening a tunnel; undefined opens it. */
  refuseWith: number | undefined;
  /** Answers 407 (RFC 9110 §15.5.8) to whoever doesn't bring `user:password`; undefined lets everybody through. */
  credentials: string | undefined;
}

/** Starts it with the names that it can reach, each with the port on 127.0.0.1 where that is. */
export async function startConnectProxy(hosts: Readonly<Record<string, number>>): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const others: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((request, response) => {
    others.push(`${request.method} ${request.url}`);
    response.writeHead(405).end();
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
  });
  server.on('connect', (request, socket, head) => {
    const target = request.url ?? '';
    tunnels.push(target);
    const { credentials } = proxy;
    const given = request.headers['proxy-authorization'];
    if (credentials !== undefined && given !== `Basic ${Buffer.from(credentials).toString('base64')}`) {
      const head = 'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="corp"\r\nContent-Length: 0\r\n\r\n';
      socket.end(head);
      return;
    }
    const port = hosts[target] ?? (target.startsWith('127.0.0.1:') ? Number(target.split(':')[1]) : undefined);
    if (proxy.refuseWith !== undefined || port === undefined) {
      socket.end(`HTTP/1.1 ${proxy.refuseWith ?? 502} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: ConnectProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    others,
    refuseWith: undefined,
    credentials: undefined,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
  return proxy;
}
