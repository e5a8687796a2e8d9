import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** One request to switch, as this upstream saw it. */
export interface Switched {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Ends of the switched connection, in their order: the caller's side, then the whole. */
  readonly ended: ('half' | 'closed')[];
}

export interface HijackUpstream {
  readonly url: string;
  readonly switched: readonly Switched[];
  /** Heads of requests that asked for no switch. */
  readonly ordinary: readonly { readonly method: string; readonly upgrade: string | undefined }[];
  clear(): void;
  close(): Promise<void>;
}

/**
 * A server that hijacks connections as Docker's and Kubernetes' do. `/echo` sends back what comes, and `end` behind the
 * caller's end; `/first` says `bye` and ends its own side; `/403` and `/raw`
 * (Docker's 200 before it knew Upgrade) switch nothing.
 */
export async function startHijackUpstream(): Promise<HijackUpstream> {
  const switched: Switched[] = [];
  const ordinary: { method: string; upgrade: string | undefined }[] = [];
  const open = new Set<Duplex>();
  const server = createServer({ shouldUpgradeCallback: () => true }, (request, response) => {
    ordinary.push({ method: request.method ?? '', upgrade: request.headers.upgrade });
    request.resume();
    response.end('ordinary');
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('upgrade', (request, socket: Duplex & { allowHalfOpen: boolean }) => {
    socket.on('error', () => undefined);
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.once('end', () => {
      const { method = '', url: target = '', headers } = request;
      const seen: Switched = { method, target, headers, body, ended: [] };
      switched.push(seen);
      socket.once('end', () => seen.ended.push('half'));
      socket.once('close', () => seen.ended.push('closed'));
      if (target === '/403') {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nnever');
      } else if (target === '/raw') {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n');
        socket.end('output');
      } else {
        socket.write(
          `HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n\r\n`,
        );
        if (target === '/first') socket.end('bye');
        socket.on('data', (chunk: Buffer) => {
          if (!socket.writableEnded) socket.write(chunk);
        });
        socket.once('end', () => {
          if (!socket.writableEnded) socket.end('end');
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    switched,
    ordinary,
    clear() {
      switched.length = 0;
      ordinary.length = 0;
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
