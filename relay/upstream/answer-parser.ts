import type { Socket } from 'node:net';

/** What is known of undici’s parser of answers, which it keeps to itself. */
export interface AnswerParser {
  /** Of the answer’s head, once it is complete; 0 or null before. */
  readonly statusCode: number | null;
  /** By the head so far; -1 for none. */
  contentLength: number;
  onHeadersComplete(status: number, upgrade: boolean, shouldKeepAlive: boolean): number;
  createError(code: number, data: Buffer): Error;
}

/** Gives the parser of a connection once it is there: when the first request goes out. */
export function whenParsed(socket: Socket, use: (parser: AnswerParser) => void): void {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  socket.write = (...given: unknown[]): boolean => {
    socket.write = write as Socket['write'];
    const parser = parserOf(socket);
    if (parser !== null) use(parser);
    return write(...given);
  };
}

function parserOf(socket: Socket): AnswerParser | null {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'parser');
  const found: unknown = key === undefined ? null : Reflect.get(socket, key);
  const isParser = typeof found === 'object' && found !== null && 'onHeadersComplete' in found;
  return isParser ? (found as AnswerParser) : null;
}
