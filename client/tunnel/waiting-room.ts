import type { Socket } from 'node:net';
import { answerLocally } from './local-answer.ts';

/**
 * Local connections that came while the tunnel was away: each waits for at most `waitMs`, then gets 503 with
 * `Retry-After`. A connection that its caller gives up leaves by itself.
 */
export class WaitingRoom {
  readonly #waiting = new Map<Socket, { listenerId: number; timer: NodeJS.Timeout }>();
  readonly #waitMs: number;
  readonly #maxWaiting: number;
  readonly #onChange: (waiting: number) => void;

  constructor(waitMs: number, onChange: (waiting: number) => void = () => undefined, maxWaiting = 1000) {
    this.#waitMs = waitMs;
    this.#onChange = onChange;
    this.#maxWaiting = maxWaiting;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(socket: Socket, listenerId: number, why: () => string): void {
    if (this.#waiting.size >= this.#maxWaiting) {
      answerLocally(socket, 'tunnel-down', 503, why(), 5);
      return;
    }
    const timer = setTimeout(() => {
      this.#leave(socket);
      answerLocally(socket, 'tunnel-down', 503, why(), 5);
    }, this.#waitMs);
    this.#waiting.set(socket, { listenerId, timer });
    const leave = (): void => {
      clearTimeout(timer);
      this.#leave(socket);
    };
    socket.once('close', leave);
    socket.on('error', leave);
    this.#onChange(this.#waiting.size);
  }

  #leave(socket: Socket): void {
    if (this.#waiting.delete(socket)) this.#onChange(this.#waiting.size);
  }

  /** The tunnel is back: hands everybody over. */
  admit(carry: (socket: Socket, listenerId: number) => void): void {
    for (const [socket, { listenerId, timer }] of this.#waiting) {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      carry(socket, listenerId);
    }
  }

  /** The tunnel won't come back: everybody gets the answer now. */
  close(why: string): void {
    for (const [socket, { timer }] of this.#waiting) {
      clearTimeout(timer);
      answerLocally(socket, 'tunnel-down', 503, why, 5);
    }
    this.#waiting.clear();
  }
}
