import type { Socket } from 'node:net';
import { whenParsed } from './answer-parser.ts';

/**
 * Has a malformed head called what it is. Of one that has said a length, undici says that this length is wrong, whatever
 * is malformed behind it.
 */
export function nameMalformedHead(socket: Socket): void {
  whenParsed(socket, (parser) => {
    const createError = parser.createError.bind(parser);
    parser.createError = (code, data) => {
      const { contentLength, statusCode } = parser;
      const isInBody = statusCode !== null && statusCode >= 200;
      if (!isInBody) parser.contentLength = -1;
      try {
        return createError(code, data);
      } finally {
        parser.contentLength = contentLength;
      }
    };
  });
}
