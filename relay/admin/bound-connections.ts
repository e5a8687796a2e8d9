import type { ServerType } from '@hono/node-server';
import type { Socket } from 'node:net';

/** Bounds how many connections a server has open. */
export interface BoundConnections {
  /** Counts the connections of a server from now on. */
  watch(server: ServerType): void;
  /** A connection has brought a caller who is known: others are dropped before it. */
  keep(connection: Socket): void;
}

/**
 * When there are `most`, the oldest that has brought no known caller is dropped for a new one, so that a flood pushes out its own
 * connections before those of operators; a new one goes when all have.
 */
export function boundConnections(most: number): BoundConnections {
  const known = new Map<string, Socket>();
  const unknown = new Map<string, Socket>();
  const take = (socket: Socket): void => {
    const peer = peerOf(socket);
    if (known.size + unknown.size >= most) {
      const [oldest = null] = unknown;
      (oldest?.[1] ?? socket).destroy();
      if (oldest === null) return;
      unknown.delete(oldest[0]);
    }
    unknown.set(peer, socket);
    socket.once('close', () => {
      for (const all of [known, unknown]) if (all.get(peer) === socket) all.delete(peer);
    });
  };
  return {
    watch: (server) => void server.on('connection', take),
    keep(connection) {
      const peer = peerOf(connection);
      const socket = unknown.get(peer);
      if (socket === undefined) return;
      unknown.delete(peer);
      known.set(peer, socket);
    },
  };
}

/** Names a connection; the same for a TLS socket and the TCP socket below it. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
