import type { Socket } from 'node:net';
import { answerLocally } from '../tunnel/local-answer.ts';
import { type Refusal, refusalText } from './refusal.ts';

/** Answers a connection for which there is hardly a file descriptor left, and ends it; tells that it did. */
export function turnAway(socket: Socket, onRefused: ((refusal: Refusal) => void) | undefined): void {
  const refusal = 'no-descriptors';
  socket.on('error', () => void socket.destroy());
  answerLocally(socket, { code: 'too-many-open-files', detail: refusalText(refusal) }, 503, 5);
  socket.setTimeout(lingerMs, () => void socket.destroy());
  onRefused?.(refusal);
}

/** A caller that doesn't end its side would keep what there is least of. */
const lingerMs = 1000;

/**
 * Ends a connection whose owner can't be found. It is told only if it sent or wants something: tools that look whether a
 * port is open close theirs at once, and have lost nothing.
 */
export function endUnknown(socket: Socket, onRefused: ((refusal: Refusal) => void) | undefined): void {
  const tell = (): void => {
    socket.destroy();
    onRefused?.('unknown-owner');
  };
  const timer = setTimeout(tell, lingerMs);
  socket.once('data', tell);
  socket.once('end', () => void socket.destroy());
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}
