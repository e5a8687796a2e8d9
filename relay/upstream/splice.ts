import type { OnReadOpts, Socket } from 'node:net';
import type { SocketPair } from './socket-pair.ts';

/** What has been written when the session is over has this long to leave. */
const lastBytesMs = 5000;

const bufferBytes = 65_536;

/** Where a connection reads into: one buffer for as long as all that is read can be passed on at once. */
export class ReusedBuffer implements OnReadOpts {
  #buffer = Buffer.allocUnsafeSlow(bufferBytes);
  /** Passes on what was read; false when nothing more may come for now. */
  pass: (chunk: Buffer) => boolean = () => false;
  /** Whether what was passed on is done with. */
  isFree: () => boolean = () => false;

  readonly buffer = (): Buffer => this.#buffer;

  readonly callback = (bytes: number): boolean => {
    const goesOn = this.pass(this.#buffer.subarray(0, bytes));
    if (!this.isFree()) this.#buffer = Buffer.allocUnsafeSlow(bufferBytes);
    return goesOn;
  };
}

export interface SpliceOptions {
  /** What the upstream was made with; null when its chunks are its own. */
  readonly reads: ReusedBuffer | null;
  /** Sees all that the upstream sends before it is passed on; a throw ends both. */
  readonly read: (chunk: Buffer) => void;
  readonly isConnected: () => boolean;
}

/**
 * Passes all bytes between an upstream and whoever has the near end of a pair, each side no faster than the other takes
 * them. An end stays an end, and a failure of the upstream is one of the near end, behind the bytes that came before.
 */
export function splice(
  upstream: Socket,
  { near, onFar }: SocketPair,
  { reads, read, isConnected }: SpliceOptions,
): void {
  let failure: Error | undefined;
  let far: Socket | null = null;
  upstream.on('error', (error) => (failure ??= error));
  upstream.once('close', () => {
    if (far === null || !isConnected()) near.destroy(failure);
    // Before the socket's own listener, for which this is a proper end.
    else if (failure !== undefined) near.prependOnceListener('end', () => near.destroy(failure));
    if (far === null) return;
    far.end();
    // The session reads on only when its own bytes are taken; a pipe that ends would pause them.
    far.unpipe(upstream);
    far.resume();
  });
  near.once('close', () => {
    if (far === null || !isConnected()) upstream.destroy();
    else if (far.readableEnded) upstream.destroySoon();
    else far.once('end', () => upstream.destroySoon());
    const timer = setTimeout(() => upstream.destroy(), lastBytesMs).unref();
    upstream.once('close', () => clearTimeout(timer));
  });
  onFar((accepted) => {
    far = accepted;
    far.on('error', () => upstream.destroySoon());
    if (upstream.destroyed) {
      far.destroy();
      return;
    }
    far.pipe(upstream);
    far.on('drain', () => upstream.resume());
    const pass = (chunk: Buffer): boolean => {
      try {
        read(chunk);
      } catch (error) {
        upstream.destroy(error as Error);
        return false;
      }
      return accepted.write(chunk) || accepted.writableLength === 0;
    };
    if (reads === null) {
      upstream.on('data', (chunk: Buffer) => {
        if (!pass(chunk)) upstream.pause();
      });
    } else {
      reads.pass = pass;
      reads.isFree = () => accepted.writableLength === 0;
      upstream.resume();
    }
    upstream.once('end', () => accepted.end());
  });
}
