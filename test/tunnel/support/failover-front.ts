import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One connection that went through the front. */
export interface FrontConnection {
  /** Port of the relay that took it. */
  readonly port: number;
  /** Which side ended it; null while it is open. */
  endedBy: 'client' | 'relay' | null;
}

/** A TCP load balancer on loopback: a connection goes to the first relay that takes it. TLS passes through opaque. */
export interface FailoverFront {
  readonly port: number;
  /** Ports of the relays, first choice first; may be changed while it runs. */
  relays: readonly number[];
  /** All connections that a relay has taken, oldest first. */
  readonly connections: readonly FrontConnection[];
  close(): Promise<void>;
}

/** Starts it with no relays behind it yet. */
export async function startFailoverFront(): Promise<FailoverFront> {
  const connections: FrontConnection[] = [];
  const open = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    open.add(socket);
    return socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
  };

  async function reach(port: number): Promise<Socket | null> {
    const far = track(connect({ port, host: '127.0.0.1', noDelay: true }));
    const reached = await Promise.race([
      once(far, 'connect').then(() => true),
      once(far, 'close').then(() => false),
    ]).catch(() => false);
    return reached ? far : null;
  }

  async function serve(near: Socket): Promise<void> {
    for (const port of front.relays) {
      const far = await reach(port);
      if (far === null) continue;
      const connection: FrontConnection = { port, endedBy: null };
      connections.push(connection);
      near.once('close', () => {
        connection.endedBy ??= 'client';
        far.destroy();
      });
      far.once('close', () => {
        connection.endedBy ??= 'relay';
        near.destroy();
      });
      if (near.destroyed) far.destroy();
      else near.pipe(far).pipe(near);
      return;
    }
    near.destroy();
  }

  const server = createServer({ noDelay: true }, (near) => void serve(track(near)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: FailoverFront = {
    port: (server.address() as AddressInfo).port,
    relays: [],
    connections,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
  return front;
}
