import type { Socket } from 'node:net';

/** What a head may have before its Host; one with more goes on without. */
const mostBytes = 65_536;
/** As long as the relay waits for a head. */
const longestMs = 60_000;

/**
 * Tells which host the first request of a connection names, as it is written but in small letters; null where it names
 * none, or speaks HTTP/2. What was read for it is put back, and the connection is paused. This only finds the way: the
 * relay, which has the only parser, judges the same bytes. A caller that says nothing is cut off.
 */
export function peekHost(socket: Socket, onHost: (host: string | null) => void): void {
  const seen: Buffer[] = [];
  let bytes = 0;
  const silent = setTimeout(() => void socket.destroy(), longestMs);
  const stop = (): void => {
    clearTimeout(silent);
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', stop);
  };
  const onEnd = (): void => void socket.destroy();
  const onData = (chunk: Buffer): void => {
    seen.push(chunk);
    bytes += chunk.length;
    const head = Buffer.concat(seen, bytes);
    const host = hostIn(head.toString('latin1'));
    if (host === undefined && bytes < mostBytes) return;
    stop();
    socket.pause();
    socket.unshift(head);
    onHost(host ?? null);
  };
  socket.on('data', onData);
  socket.once('end', onEnd);
  socket.once('close', stop);
  socket.resume();
}

const http2Preface = 'PRI * HTTP/2.0\r\n';

/** Undefined as long as more must come. */
function hostIn(head: string): string | null | undefined {
  if (head.startsWith(http2Preface)) return null;
  const end = head.search(/\r?\n\r?\n/);
  const fields = end === -1 ? head.slice(0, head.lastIndexOf('\n') + 1) : `${head.slice(0, end)}\n`;
  const host = /\nhost[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?\n/i.exec(fields)?.[1];
  if (host !== undefined) return host.toLowerCase();
  return end === -1 ? undefined : null;
}
