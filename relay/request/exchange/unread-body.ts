import type { Exchange } from './exchange.ts';

/** How much of a body that nobody wants is read away, so that its caller comes to read the answer (RFC 9112 §9.3). */
export const maxUnreadBytes = 64 * 1024 * 1024;
const maxUnreadMs = 30_000;
/** HTTP/2 can tell a caller to stop; some (curl up to 7.88) take that for a failure and lose the answer, so it comes late. */
const maxUnreadHttp2Ms = 5_000;

/**
 * The answer is given and the request's body isn't all here: reads the rest away within bounds, as servers do, so that
 * a caller that writes before it reads sees the answer and its next request on the connection isn't stuck behind it.
 * Beyond the bounds the connection ends; an HTTP/2 caller is told to stop instead (RFC 9113 §8.1).
 * @param whenRead called when the body has ended within the bounds
 */
export function leaveUnread({ request, response, socket, http2 }: Exchange, whenRead?: () => void): void {
  if (request.complete || request.destroyed) {
    whenRead?.();
    return;
  }
  const stop = (): void => {
    clearTimeout(timer);
    if (http2) response.stopBody?.();
    else socket.destroy();
  };
  let bytes = 0;
  const timer = setTimeout(stop, http2 ? maxUnreadHttp2Ms : maxUnreadMs);
  request.removeAllListeners('data');
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxUnreadBytes) stop();
  });
  request.once('end', () => whenRead?.());
  request.once('close', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
  request.resume();
}
