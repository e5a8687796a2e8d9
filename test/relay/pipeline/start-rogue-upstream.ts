import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** One request as the rogue saw it. */
export interface RogueRequest {
  readonly socket: Socket;
  /** Request line and headers. */
  readonly head: string;
  /** Number of its connection, from 1. */
  readonly connection: number;
}

/** An upstream that answers with whatever bytes a test wants. */
export interface RogueUpstream {
  readonly url: string;
  readonly port: number;
  /** Every request so far, oldest first. */
  readonly requests: readonly RogueRequest[];
  /** What has come on an open or ended connection behind its newest head. */
  bodyOn(socket: Socket): string;
  /** Replaces what it does with the next requests; forgets the earlier ones. */
  behave(answer: (request: RogueRequest) => void): void;
  close(): Promise<void>;
}

/** Starts a TCP server that hands each request head to the present behaviour; bodies are kept until the next head. */
export async function startRogueUpstream(): Promise<RogueUpstream> {
  const requests: RogueRequest[] = [];
  const sockets = new Set<Socket>();
  const bodies = new WeakMap<Socket, string>();
  let answer: (request: RogueRequest) => void = ({ socket }) => socket.destroy();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      for (;;) {
        const match = /(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) \S+ HTTP\/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(
          received,
        );
        bodies.set(socket, received);
        if (match === null) return;
        received = received.slice(match.index + match[0].length);
        const request = { socket, head: match[0], connection };
        requests.push(request);
        answer(request);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    bodyOn: (socket) => bodies.get(socket) ?? '',
    behave(next) {
      requests.splice(0);
      answer = next;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
