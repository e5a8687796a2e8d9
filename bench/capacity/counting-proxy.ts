import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Carries connections to a port, and counts the bytes of both directions: what TLS makes of a tunnel. */
export interface CountingProxy {
  readonly port: number;
  bytes(): number;
  close(): Promise<void>;
}

/** Listens on a free port of loopback; `target` may be told later than that. */
export async function startCountingProxy(target: () => number): Promise<CountingProxy> {
  const sockets = new Set<Socket>();
  let bytes = 0;
  const carry = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (chunk) => (bytes += chunk.length));
    from.on('error', () => to.destroy()).on('close', () => sockets.delete(from));
    from.pipe(to);
  };
  const server = createServer({ noDelay: true }, (client) => {
    const relay = connect({ port: target(), host: '127.0.0.1', noDelay: true });
    carry(client, relay);
    carry(relay, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
