import type { Exchange } from '../exchange.ts';

/** How much of a body that nobody wants is read away, so that its caller comes to read the answer (RFC 9112 §9.3). */
export const maxUnreadBytes = 64 * 1024 * 1024;
const maxUnreadMs = 30_000;

/**
 * The answer is given and the request's body isn't all here: reads the rest away within bounds, as servers do, so that
 * a caller that writes before it reads sees the answer and its next request on the connection isn't stuck behind it.
 * Beyond the bounds the connection ends. HTTP/2 has a signal for it (RFC 9113 §8.1).
 * @param whenRead called when the body has ended within the bounds
 */
export function leaveUnread({ request, response, socket, http2 }: Exchange, whenRead?: () => void): void {
  if (request.complete || request.destroyed) {
    whenRead?.();
    return;
  }
  if (http2) {
    response.stopBody?.();
    return;
  }
  let bytes = 0;
  const timer = setTimeout(() => socket.destroy(), maxUnreadMs);
  request.removeAllListeners('data');
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxUnreadBytes) socket.destroy();
  });
  request.once('end', () => whenRead?.());
  request.once('close', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
  request.resume();
}
