import type { Socket } from 'node:net';

/** A status before the final one that goes no further. */
const ignoredStatus = 199;
const continueStatus = 100;

interface Parser {
  onHeadersComplete(status: number, upgrade: boolean, shouldKeepAlive: boolean): number;
}

/**
 * Lets a 100 (Continue) that nobody asked for be passed over, as clients have to (RFC 9110 §15.2): some servers send one
 * before each answer. undici ends the connection over it, so its parser is told of another interim status.
 */
export function takeUnaskedContinue(socket: Socket): void {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  socket.write = (...given: unknown[]): boolean => {
    // The parser is there when the first request goes out.
    socket.write = write as Socket['write'];
    const parser = parserOf(socket);
    if (parser !== null) {
      const onHeadersComplete = parser.onHeadersComplete.bind(parser);
      parser.onHeadersComplete = (status, ...more) =>
        onHeadersComplete(status === continueStatus ? ignoredStatus : status, ...more);
    }
    return write(...given);
  };
}

function parserOf(socket: Socket): Parser | null {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'parser');
  const found: unknown = key === undefined ? null : Reflect.get(socket, key);
  const isParser = typeof found === 'object' && found !== null && 'onHeadersComplete' in found;
  return isParser ? (found as Parser) : null;
}
