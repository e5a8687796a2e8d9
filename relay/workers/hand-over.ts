import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { ReturningClient } from '../tunnel/tunnel-peers.ts';
import { joinWebSockets } from './join-web-sockets.ts';

/** Who is handed over: what the owner of the tunnel needs besides the client's messages. */
const handedOverSchema = z.strictObject({
  resumeToken: z.string(),
  accessToken: z.string(),
  remoteAddress: z.string(),
});
export type HandedOver = z.infer<typeof handedOverSchema>;

const accepted = 'accepted';
const refusedCode = 4404;
const answerTimeoutMs = 5000;
/** ws leaves out masking when the mask is zero, which is right between processes of one relay. */
const zeroMask = (mask: Buffer): void => void mask.fill(0);

/** Takes clients from the other workers. */
export interface HandOverServer {
  close(): void;
}

/**
 * Listens on a Unix socket for clients whose tunnel is here. `take` serves the client and says whether the tunnel is
 * known; the client's messages, from its RESUME on, come after that.
 */
export async function listenForHandOvers(options: {
  readonly path: string;
  readonly secret: string;
  readonly maxMessageBytes: number;
  readonly log: Logger;
  readonly take: (socket: WebSocket, client: HandedOver) => Promise<boolean>;
}): Promise<HandOverServer> {
  const { secret, log, take } = options;
  const sockets = new Set<WebSocket>();
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    autoPong: false,
  });
  const serve = async (socket: WebSocket, message: RawData): Promise<void> => {
    try {
      const client = handedOverSchema.parse(JSON.parse((message as Buffer).toString('utf8')));
      if (await take(socket, client)) socket.send(accepted);
      else socket.close(refusedCode);
    } catch (error) {
      log.warn({ err: error }, 'a client that another worker handed over can’t be taken');
      socket.terminate();
    }
  };
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    if (!isSame(request.headers.authorization ?? '', `Bearer ${secret}`)) {
      socket.destroy();
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      sockets.add(webSocket);
      webSocket.once('close', () => sockets.delete(webSocket));
      webSocket.on('error', () => webSocket.terminate());
      webSocket.once('message', (message) => void serve(webSocket, message));
    });
  });
  server.listen(options.path);
  await once(server, 'listening');
  if (process.platform !== 'win32') chmodSync(options.path, 0o600);
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.terminate();
    },
  };
}

/** Hands a client over to the worker that listens at `path`; false when it can't or won't take it. */
export async function handOver(path: string, secret: string, client: ReturningClient): Promise<boolean> {
  const { socket, resumeToken, accessToken, remoteAddress, messages } = client;
  const worker = new WebSocket(`ws+unix:${path}:/`, {
    headers: { authorization: `Bearer ${secret}` },
    perMessageDeflate: false,
    handshakeTimeout: answerTimeoutMs,
    generateMask: zeroMask,
  });
  const isAccepted = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), answerTimeoutMs);
    const settle = (answer: boolean): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    worker.once('open', () =>
      worker.send(JSON.stringify({ resumeToken, accessToken, remoteAddress } satisfies HandedOver)),
    );
    worker.once('message', (message) => settle((message as Buffer).toString() === accepted));
    worker.on('error', () => settle(false));
    worker.once('close', () => settle(false));
    socket.once('close', () => settle(false));
  });
  if (!isAccepted || worker.readyState !== worker.OPEN || socket.readyState !== socket.OPEN) {
    worker.terminate();
    return false;
  }
  for (const message of messages) worker.send(message, { binary: true, compress: false });
  joinWebSockets(socket, worker);
  socket.resume();
  return true;
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
