import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Errors of connections that were lost before anything of an answer came, though they had carried one before. */
const lost = new WeakSet<Error>();

/**
 * Lets `wasLostWhenIdle` tell whether a failure came while nothing had been received since the last write: of a request
 * without a body, that is its head. Listens to the socket's errors, so before whoever acts on them.
 */
export function noteSilence(socket: Socket): void {
  const received = socket instanceof TLSSocket ? countPushed(socket) : (): number => socket.bytesRead;
  let beforeWrite = 0;
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  socket.write = (...given: unknown[]): boolean => {
    beforeWrite = received();
    return write(...given);
  };
  socket.on('error', (error) => {
    if (beforeWrite > 0 && received() === beforeWrite) lost.add(error);
  });
}

/** Without what TLS itself sends, as in its handshake. */
function countPushed(socket: Socket): () => number {
  let bytes = 0;
  const push = socket.push.bind(socket);
  socket.push = (chunk: Buffer | null, encoding) => {
    bytes += chunk?.length ?? 0;
    return push(chunk, encoding);
  };
  return () => bytes;
}

/**
 * Whether a reused connection was lost as its upstream may have closed it for being idle: with no byte of an answer. One
 * that was given up because the time was over, or the answer malformed, is not among them.
 */
export function wasLostWhenIdle(error: Error): boolean {
  return lost.has(error) && (error as NodeJS.ErrnoException).code !== 'UND_ERR_HEADERS_TIMEOUT';
}
