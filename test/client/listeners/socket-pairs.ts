import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Both ends of connections over loopback. */
export interface SocketPairs {
  open(): Promise<void>;
  pair(): Promise<{ readonly caller: Socket; readonly accepted: Socket }>;
  close(): Promise<void>;
}

export function socketPairs(): SocketPairs {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  const sockets: Socket[] = [];
  return {
    async open() {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    },
    async pair() {
      const accepted = once(server, 'connection');
      const caller = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay();
      const [socket] = (await accepted) as [Socket];
      sockets.push(caller, socket);
      return { caller, accepted: socket };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** What follows is read by whoever gets the connection. */
export async function readAll(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(chunk));
  socket.resume();
  await once(socket, 'end');
  return Buffer.concat(parts).toString('latin1');
}
