import type { Socket } from 'node:net';

/**
 * Local connections that were between requests when their tunnel was lost: they stay open and go on with the next
 * tunnel. One that sends a request meanwhile leaves for the waiting room.
 */
export class IdleConnections {
  readonly #idle = new Map<Socket, { listenerId: number; forget: () => void }>();
  readonly #onRequest: (socket: Socket, listenerId: number) => void;

  constructor(onRequest: (socket: Socket, listenerId: number) => void) {
    this.#onRequest = onRequest;
  }

  add(socket: Socket, listenerId: number): void {
    if (socket.destroyed || socket.readableEnded || !socket.writable) {
      socket.destroy();
      return;
    }
    const onData = (chunk: Buffer): void => {
      this.#take(socket);
      socket.pause();
      socket.unshift(chunk);
      this.#onRequest(socket, listenerId);
    };
    const onEnd = (): void => {
      this.#take(socket);
      socket.destroy();
    };
    const forget = (): void => {
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      socket.off('error', onEnd);
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    socket.on('error', onEnd);
    this.#idle.set(socket, { listenerId, forget });
    socket.resume();
  }

  /** A tunnel is there again: hands everybody over. */
  release(carry: (socket: Socket, listenerId: number) => void): void {
    for (const [socket, { listenerId }] of this.#idle) {
      this.#take(socket);
      socket.pause();
      carry(socket, listenerId);
    }
  }

  close(): void {
    for (const socket of this.#idle.keys()) {
      this.#take(socket);
      socket.destroySoon();
    }
  }

  #take(socket: Socket): void {
    this.#idle.get(socket)?.forget();
    this.#idle.delete(socket);
  }
}
