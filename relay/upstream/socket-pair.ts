import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tokenBytes = 32;
/** More than a read brings, so that not each one has to wait for the other end. */
const highWaterMark = 262_144;

/** Two ends of one connection inside this process, both of them the system’s own sockets. */
export interface SocketPair {
  /** There at once; what is written to it waits for the other end. */
  readonly near: Socket;
  /** Calls back with the other end, unless `near` fails or ends before. */
  readonly onFar: (told: (far: Socket) => void) => void;
}

/**
 * Makes a pair by way of a listener that takes this one connection, for Node has no `socketpair`: a Unix socket in a
 * folder that only this user can enter and that is gone when the call returns; on Windows a pipe with a random name.
 * Whoever else should get in doesn’t know the token that `near` says first.
 * @throws when there can’t be such a listener, for lack of a folder for temporary files for instance
 */
export function makeSocketPair(): SocketPair {
  const folder = process.platform === 'win32' ? null : mkdtempSync(join(tmpdir(), 'causeway-'));
  const path = folder === null ? String.raw`\\.\pipe\causeway-${randomBytes(16).toString('hex')}` : join(folder, 's');
  try {
    return pairAt(path);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

function pairAt(path: string): SocketPair {
  let failure: Error | null = null;
  const server = createServer({ allowHalfOpen: true, highWaterMark });
  server.once('error', (error) => (failure = error));
  // Listening and connecting both happen before the calls return, as far as the system is concerned.
  server.listen({ path, exclusive: true });
  if (!server.listening) throw failure ?? new Error('No local socket can be listened on.');
  const token = randomBytes(tokenBytes);
  const near = new Socket();
  near.connect({ path });
  // Before anybody else has the socket, so that the token is the first thing said.
  near.write(token);
  near.once('close', () => server.close());
  return { near, onFar: (told) => takeOne(server, token, told) };
}

function takeOne(server: Server, token: Buffer, told: (far: Socket) => void): void {
  const waiting = new Set<Socket>();
  server.on('connection', (socket) => {
    waiting.add(socket);
    const ignore = (): void => {
      waiting.delete(socket);
      socket.destroy();
    };
    const read = (): void => {
      const said = socket.read(tokenBytes) as Buffer | null;
      if (said === null && !socket.readableEnded) return;
      socket.off('readable', read);
      if (said === null || said.length !== tokenBytes || !timingSafeEqual(said, token)) return ignore();
      waiting.delete(socket);
      socket.off('error', ignore);
      server.close();
      for (const stranger of waiting) stranger.destroy();
      told(socket);
    };
    socket.on('error', ignore);
    socket.on('readable', read);
  });
}
