import { text } from '../../shared/messages/text.ts';
import type { Socket } from 'node:net';
import { resetCode } from '../../shared/tunnel/protocol.ts';
import type { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import type { StreamOwner, TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { bodyGarbage } from './body-garbage.ts';
import { cutOff } from './cut-off.ts';
import { endSide, type IsCallerThere } from './end-side.ts';
import { answerLocally } from './local-answer.ts';
import { countedReadBytes } from './shared-reads.ts';

/**
 * Joins an accepted local connection to a stream of the tunnel, both ways, with backpressure. When the stream is
 * lost, the caller learns it in a way that can't be taken for a whole answer: a 502 where no answer has begun, a
 * connection reset otherwise.
 */
export function carrySocket(socket: Socket, multiplexer: Multiplexer, listenerId: number, events: CarryEvents): void {
  const owner = new SocketOwner(socket, (idle) => {
    stopListening();
    events.onClose();
    if (idle) events.onIdleLost();
  });
  const stream = multiplexer.open(listenerId, owner);
  owner.stream = stream;
  socket.allowHalfOpen = true;
  socket.setNoDelay(true);
  socket.on('data', owner.onLocalData);
  socket.on('drain', owner.onLocalDrain);
  const onEnd = (): void => {
    // Most leave behind their last answer, and nobody asks why.
    if (owner.isIdle || stream.receivedEnd || events.isCallerThere === null) stream.end();
    else void endSide(socket, stream, events.isCallerThere);
  };
  const onClose = (): void => {
    if (!stream.closed) events.onCut();
    leave(stream);
    events.onClose();
  };
  const stopListening = (): void => {
    socket.off('data', owner.onLocalData);
    socket.off('drain', owner.onLocalDrain);
    socket.off('end', onEnd);
    socket.off('close', onClose);
  };
  socket.on('end', onEnd);
  socket.off('error', ignoreError);
  socket.on('error', ignoreError);
  socket.on('close', onClose);
  socket.resume();
}

/** The local connection is closed. What it brought before its end still goes out, in a time that is bounded. */
function leave(stream: TunnelStream): void {
  const why = 'The local connection was closed.';
  stream.leave(resetCode.cancelled, why);
  if (stream.closed) return;
  const late = setTimeout(() => stream.reset(resetCode.cancelled, why), longestLeaveMs);
  late.unref();
  stream.owner = {
    onData: (chunk) => stream.consumed(chunk.length),
    onEnd: () => undefined,
    onReset: () => clearTimeout(late),
    onDrain: () => undefined,
  };
}

function ignoreError(): void {
  // What follows an error is the close, which resets the stream.
}

/** Each comes once: the stream is over, or it was lost between two requests and the connection can go on. */
export interface CarryEvents {
  /** Tells whether a caller that has ended its side is there still; null when the relay doesn’t want to know. */
  readonly isCallerThere: IsCallerThere | null;
  onClose(): void;
  /** The caller left before its stream was over. */
  onCut(): void;
  onIdleLost(): void;
}

/** How long a caller may keep its side open and silent behind our end, so that it can read the answer before a reset. */
const lingerMs = 2000;
/** How long what a caller brought before its end may take to go out once the caller is gone. */
const longestLeaveMs = 120_000;
/** Like `lingerMs`, for one that still sends what nobody reads. */
const longestLingerMs = 30_000;

/** The local end of a stream: what a carried connection has sent, and how far it is answered. */
export class SocketOwner implements StreamOwner {
  readonly #socket: Socket;
  stream: TunnelStream | null = null;
  #heldBack = 0;
  #sentBytes = 0;
  /** So many of the bytes sent belong to requests that have their whole answer. */
  #answeredBytes = 0;
  /** Whether bytes of an answer have come that isn't known to be complete. */
  #answering = false;
  #leaves = false;

  readonly #onLost: (idle: boolean) => void;

  constructor(socket: Socket, onLost: (idle: boolean) => void) {
    this.#socket = socket;
    this.#onLost = onLost;
  }

  readonly onLocalData = (chunk: Buffer): void => {
    this.#sentBytes += chunk.length;
    bodyGarbage.passed(Math.max(chunk.length, countedReadBytes));
    if (this.stream?.write(chunk) === false) this.#socket.pause();
  };

  readonly onLocalDrain = (): void => {
    const bytes = this.#heldBack;
    this.#heldBack = 0;
    if (bytes > 0) this.stream?.consumed(bytes);
  };

  onData(chunk: Uint8Array): void {
    this.#answering = true;
    bodyGarbage.passed(chunk.length);
    if (this.#socket.write(chunk)) this.stream?.consumed(chunk.length);
    else this.#heldBack += chunk.length;
  }

  onMark(answeredBytes: number): void {
    this.#answering = false;
    this.#answeredBytes = answeredBytes;
    if (this.#leaves) this.leaveWhenIdle();
  }

  /** There is another tunnel: the connection goes on there once no request of its is under way. */
  leaveWhenIdle(): void {
    this.#leaves = true;
    // One that is being closed ends here.
    if (!this.isIdle || this.#socket.readableEnded || !this.#socket.writable) return;
    this.stream?.reset(resetCode.cancelled, 'The local connection goes on over another tunnel.');
    this.#onLost(true);
  }

  /** Nothing that it has sent waits for an answer, or for the rest of one. */
  get isIdle(): boolean {
    return !this.#answering && this.#sentBytes === this.#answeredBytes;
  }

  /** No answer comes any more: what the caller still sends is dropped, and soon the connection with it. */
  onEnd(): void {
    const socket = this.#socket;
    socket.off('data', this.onLocalData);
    socket.resume();
    socket.end(() => {
      const silent = setTimeout(() => socket.destroy(), lingerMs);
      const sending = setTimeout(() => socket.destroy(), longestLingerMs);
      socket.on('data', () => silent.refresh());
      socket.once('close', () => {
        clearTimeout(silent);
        clearTimeout(sending);
      });
    });
  }

  onDrain(): void {
    this.#socket.resume();
  }

  onReset(code: number, reason: string): void {
    const idle = code === resetCode.tunnelLost && this.isIdle;
    this.#onLost(idle);
    // Behind the relay's end the answer is whole and on its way, and the connection ends by itself.
    if (idle || this.#socket.writableEnded) return;
    if (this.#answering) {
      cutOff(this.#socket);
    } else if (code === resetCode.tunnelLost) {
      const detail = text('failure.lost-before-answer', { why: reason.replace(/\.$/, '') });
      answerLocally(this.#socket, { code: 'outcome-unknown', detail }, 502);
    } else if (code === resetCode.refused || code === resetCode.forbidden) {
      answerLocally(this.#socket, { code: 'not-connected', detail: reason }, 502);
    } else if (code === resetCode.tooManyStreams) {
      answerLocally(this.#socket, { code: 'overloaded', detail: reason }, 503, 1);
    } else {
      this.#socket.destroySoon();
    }
  }
}
