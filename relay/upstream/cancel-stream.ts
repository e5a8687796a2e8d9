import { type ClientHttp2Stream, constants } from 'node:http2';

/**
 * Ends a stream whose answer nobody wants any more, without END_STREAM, which Node sends first: half a body must not look
 * whole (RFC 9113 §8.1).
 */
export function cancelStream(stream: ClientHttp2Stream, code: number = constants.NGHTTP2_CANCEL): void {
  // Of an answer that is whole and unread, Node would keep the rest until somebody reads it, and the session with it.
  const isOver = stream.closed;
  if (!stream.writableEnded) stream._final = (done) => done();
  stream.close(code);
  if (isOver) stream.destroy();
}
