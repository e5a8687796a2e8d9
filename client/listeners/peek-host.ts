import type { Socket } from 'node:net';
import { longestHost } from './longest-host.ts';
import { peekAuthority } from './peek-authority.ts';

/** What a head may have before its Host; one with more goes on without. */
const mostBytes = 65_536;
/** As long as the relay waits for a head. */
const longestMs = 60_000;

/**
 * Tells which host the first request of a connection names, as it is written but in small letters; null where it names
 * none. What was read for it is put back, and the connection is paused. This only finds the way: the relay, which has the only
 * parser, judges the same bytes. A caller that says nothing is cut off.
 */
export function peekHost(socket: Socket, onHost: (host: string | null) => void): void {
  const seen: Buffer[] = [];
  let bytes = 0;
  const hostIn = readLines();
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
    const host = hostIn(chunk.toString('latin1'));
    if (host === undefined && bytes < mostBytes) return;
    stop();
    if (host === isHttp2) return peekAuthority(socket, Buffer.concat(seen, bytes), onHost);
    socket.pause();
    socket.unshift(Buffer.concat(seen, bytes));
    onHost(host ?? null);
  };
  socket.on('data', onData);
  socket.once('end', onEnd);
  socket.once('close', stop);
  socket.resume();
}

const http2Preface = 'PRI * HTTP/2.0\r';
const isHttp2 = Symbol('HTTP/2');

/** Takes a head chunk by chunk and looks at each byte once; undefined as long as more must come. */
function readLines(): (chunk: string) => string | typeof isHttp2 | null | undefined {
  /** Of the line that hasn’t ended. */
  let begun: string[] = [];
  let isFirst = true;
  return (chunk) => {
    const [end = '', ...next] = chunk.split('\n');
    begun.push(end);
    if (next.length === 0) return undefined;
    const lines = [begun.join(''), ...next];
    begun = [lines.pop() ?? ''];
    for (const line of lines) {
      if (isFirst && line === http2Preface) return isHttp2;
      if (!isFirst && (line === '' || line === '\r')) return null;
      const host = isFirst ? undefined : /^host[ \t]*:([^\r]*)\r?$/i.exec(line)?.[1];
      if (host !== undefined)
        return host.length > longestHost ? null : host.replaceAll(/^[ \t]+|[ \t]+$/g, '').toLowerCase();
      isFirst = false;
    }
    return undefined;
  };
}
