import type { Socket } from 'node:net';
import { resetCode } from '../../shared/tunnel/protocol.ts';
import type { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import type { StreamOwner, TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { answerLocally } from './local-answer.ts';

/**
 * Joins an accepted local connection to a stream of the tunnel, both ways, with backpressure. When the stream is
 * lost, the caller learns it in a way that can't be taken for a whole answer: a 502 where no answer has begun, a
 * connection reset otherwise.
 */
export function carrySocket(socket: Socket, multiplexer: Multiplexer, listenerId: number, onClose: () => void): void {
  const owner = new SocketOwner(socket);
  const stream = multiplexer.open(listenerId, owner);
  owner.stream = stream;
  socket.allowHalfOpen = true;
  socket.setNoDelay(true);
  socket.on('data', owner.onLocalData);
  socket.on('drain', owner.onLocalDrain);
  socket.on('end', () => stream.end());
  socket.on('error', () => stream.reset(resetCode.cancelled, 'The local connection broke.'));
  socket.on('close', () => {
    stream.reset(resetCode.cancelled, 'The local connection was closed.');
    onClose();
  });
  socket.resume();
}

class SocketOwner implements StreamOwner {
  readonly #socket: Socket;
  stream: TunnelStream | null = null;
  #heldBack = 0;
  #requestBytesSinceAnswer = 0;
  /** Whether bytes of an answer have come that isn't known to be complete. */
  #answering = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  readonly onLocalData = (chunk: Buffer): void => {
    this.#requestBytesSinceAnswer += chunk.length;
    if (this.stream?.write(chunk) === false) this.#socket.pause();
  };

  readonly onLocalDrain = (): void => {
    const bytes = this.#heldBack;
    this.#heldBack = 0;
    if (bytes > 0) this.stream?.consumed(bytes);
  };

  onData(chunk: Uint8Array): void {
    this.#answering = true;
    if (this.#socket.write(chunk)) this.stream?.consumed(chunk.length);
    else this.#heldBack += chunk.length;
  }

  onMark(): void {
    this.#answering = false;
    this.#requestBytesSinceAnswer = 0;
  }

  onEnd(): void {
    this.#socket.end();
  }

  onDrain(): void {
    this.#socket.resume();
  }

  onReset(code: number, reason: string): void {
    if (this.#answering) {
      this.#socket.resetAndDestroy();
    } else if (code === resetCode.tunnelLost && this.#requestBytesSinceAnswer > 0) {
      answerLocally(
        this.#socket,
        'outcome-unknown',
        502,
        `The tunnel to the relay was lost before the answer (${reason}). The API may have received the request.`,
      );
    } else if (code === resetCode.refused || code === resetCode.forbidden) {
      answerLocally(this.#socket, 'not-connected', 502, reason);
    } else if (code === resetCode.tooManyStreams) {
      answerLocally(this.#socket, 'overloaded', 503, reason, 1);
    } else {
      this.#socket.destroySoon();
    }
  }
}
