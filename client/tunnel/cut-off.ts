import type { Socket } from 'node:net';

/**
 * Ends a local connection so that a cut answer can't be taken for a whole one: by RST where there is one. A connection
 * whose end is under way is closed instead: its handle refuses a reset (libuv's `uv_tcp_close_reset`) and would stay,
 * unclosed, until the process can't end for it.
 */
export function cutOff(socket: Socket): void {
  // A Unix socket has no remote address, and no reset.
  if (socket.writableEnded || socket.destroyed || socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
