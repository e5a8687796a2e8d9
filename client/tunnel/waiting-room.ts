import type { Socket } from 'node:net';
import { answerLocally, type LocalRefusal } from './local-answer.ts';

/**
 * Local connections that came while the tunnel was away: each waits for at most `waitMs`, then gets 503 with
 * `Retry-After`. A connection that its caller gives up leaves by itself. When all places are taken, the listener that has
 * most of them gives up its oldest: one program's crowd doesn't shut out the others.
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

  /** @param why of the answer to who waits in vain */
  add(socket: Socket, listenerId: number, why: () => LocalRefusal): void {
    if (this.#waiting.size >= this.#maxWaiting) this.#makeRoom(why);
    const timer = setTimeout(() => {
      this.#leave(socket);
      answerLocally(socket, why(), 503, 5);
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

  #makeRoom(why: () => LocalRefusal): void {
    const byListener = new Map<number, { count: number; oldest: Socket }>();
    let most: { count: number; oldest: Socket } | undefined;
    for (const [socket, { listenerId }] of this.#waiting) {
      const part = byListener.get(listenerId) ?? { count: 0, oldest: socket };
      part.count += 1;
      byListener.set(listenerId, part);
      if (most === undefined || part.count > most.count) most = part;
    }
    if (most === undefined) return;
    clearTimeout(this.#waiting.get(most.oldest)?.timer);
    this.#leave(most.oldest);
    answerLocally(most.oldest, why(), 503, 5);
  }

  #leave(socket: Socket): void {
    if (this.#waiting.delete(socket)) this.#onChange(this.#waiting.size);
  }

  /** The tunnel is back: hands everybody over. */
  admit(carry: (socket: Socket, listenerId: number) => void): void {
    for (let left = this.#waiting.size; left > 0 && this.admitOne(carry); left -= 1);
  }

  /** Hands over whoever waits longest; says whether anybody did. */
  admitOne(carry: (socket: Socket, listenerId: number) => void): boolean {
    for (const [socket, { listenerId, timer }] of this.#waiting) {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      carry(socket, listenerId);
      return true;
    }
    return false;
  }

  /** The tunnel won't come back: everybody gets the answer now. */
  close(why: LocalRefusal): void {
    for (const [socket, { timer }] of this.#waiting) {
      clearTimeout(timer);
      answerLocally(socket, why, 503, 5);
    }
    this.#waiting.clear();
  }
}
