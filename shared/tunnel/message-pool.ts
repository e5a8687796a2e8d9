import type { Allocate } from './outbox.ts';

const minPooledBytes = 32_768;
const maxFree = 16;

/**
 * Memory for large messages, used again once the peer has acknowledged them: bulk transfers then make no garbage.
 * Belongs to one tunnel alone, because a peer that acknowledges too early would get to see what is written next.
 */
export class MessagePool {
  readonly #allocate: Allocate;
  readonly #slabBytes: number;
  readonly #free: Uint8Array[] = [];

  constructor(allocate: Allocate, slabBytes: number) {
    this.#allocate = allocate;
    this.#slabBytes = slabBytes;
  }

  /** An array of this length with undefined content. */
  take(bytes: number): Uint8Array {
    if (bytes < minPooledBytes || bytes > this.#slabBytes) return this.#allocate(bytes);
    return (this.#free.pop() ?? this.#allocate(this.#slabBytes)).subarray(0, bytes);
  }

  /** The message is used no more. Small and oversized ones are left to the garbage collector. */
  release(message: Uint8Array): void {
    if (message.length < minPooledBytes || message.length > this.#slabBytes || this.#free.length >= maxFree) return;
    // A copy that holds no more than itself.
    if (message.buffer.byteLength - message.byteOffset < this.#slabBytes) return;
    this.#free.push(new Uint8Array(message.buffer, message.byteOffset, this.#slabBytes));
  }

  /** Gives the free memory back; for a tunnel that has become quiet. */
  trim(): void {
    this.#free.length = 0;
  }
}
