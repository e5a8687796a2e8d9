import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ToolServer } from './tool-server.ts';

const endOfHead = Buffer.from('\r\n\r\n');

/**
 * Passes connections on to a server, byte by byte, if their first request bears the relay’s id, and cuts the others: a
 * program that was told the server’s own address and goes there past the relay must fail, as it would in a company.
 */
export async function startRelayOnlyGate(behind: ToolServer): Promise<ToolServer> {
  const { port } = new URL(behind.url);
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer({ allowHalfOpen: true }, (caller) => {
    let head = Buffer.alloc(0);
    track(caller).on('error', () => caller.destroy());
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(endOfHead);
      if (end < 0) return;
      caller.off('data', onData).pause();
      if (!/\r\nx-causeway-request-id:/iu.test(head.toString('latin1', 0, end))) return void caller.resetAndDestroy();
      const inside = track(connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }));
      inside.on('error', () => caller.resetAndDestroy());
      caller.on('close', () => inside.destroy());
      inside.write(head);
      caller.pipe(inside);
      inside.pipe(caller);
    };
    caller.on('data', onData);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await behind.close();
    },
  };
}
