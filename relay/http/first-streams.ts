import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

/**
 * Takes the requests of one HTTP/2 connection, each in a turn of its own: one that its caller has reset by then was
 * never begun, and a connection of too many such is ended (CVE-2023-44487), whatever came in one write. A connection
 * without any request is ended after `firstWithinMs`.
 */
export function takeInTurn(
  session: ServerHttp2Session,
  limits: TurnLimits,
): (stream: ServerHttp2Stream, take: () => void) => void {
  let reset = 0;
  const silent = setTimeout(() => session.close(), limits.firstWithinMs);
  silent.unref();
  session.once('close', () => clearTimeout(silent));
  return (stream, take) => {
    clearTimeout(silent);
    if (session.destroyed || reset > limits.maxReset) return;
    setImmediate(() => {
      if (session.destroyed || reset > limits.maxReset) return;
      if (!stream.closed && !stream.destroyed) {
        take();
        return;
      }
      reset += 1;
      if (reset <= limits.maxReset) return;
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      session.destroy();
    });
  };
}

interface TurnLimits {
  readonly firstWithinMs: number;
  /** So many requests of a connection may be reset before their turn. */
  readonly maxReset: number;
}
