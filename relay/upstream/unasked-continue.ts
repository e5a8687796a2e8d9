import type { Socket } from 'node:net';
import { whenParsed } from './answer-parser.ts';

/** A status before the final one that goes no further. */
const ignoredStatus = 199;
const continueStatus = 100;

/**
 * Lets a 100 (Continue) that nobody asked for be passed over, as clients have to (RFC 9110 §15.2): some servers send one
 * before each answer. undici ends the connection over it, so its parser is told of another interim status.
 */
export function takeUnaskedContinue(socket: Socket): void {
  whenParsed(socket, (parser) => {
    const onHeadersComplete = parser.onHeadersComplete.bind(parser);
    parser.onHeadersComplete = (status, ...more) =>
      onHeadersComplete(status === continueStatus ? ignoredStatus : status, ...more);
  });
}
