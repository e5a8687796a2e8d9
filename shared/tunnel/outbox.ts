import { frameHeaderBytes } from './protocol.ts';
import { writeFrameHeader } from './frame-codec.ts';

/** Gives an uninitialised byte array; `Buffer.allocUnsafe` in Node. */
export type Allocate = (bytes: number) => Uint8Array;

/** Frames that wait to be sent together as one message. */
export class Outbox {
  readonly #types: number[] = [];
  readonly #streamIds: number[] = [];
  readonly #payloads: (Uint8Array | null)[] = [];
  #bytes = 0;
  #numberedBytes = 0;

  /** Size of the message that `take` would give. */
  get bytes(): number {
    return this.#bytes;
  }

  add(type: number, streamId: number, payload: Uint8Array | null, numbered: boolean): void {
    this.#types.push(type);
    this.#streamIds.push(streamId);
    this.#payloads.push(payload);
    const bytes = frameHeaderBytes + (payload === null ? 0 : payload.length);
    this.#bytes += bytes;
    if (numbered) this.#numberedBytes += bytes;
  }

  /** Assembles the message and empties the outbox. */
  take(allocate: Allocate): { message: Uint8Array; numberedBytes: number } {
    const message = allocate(this.#bytes);
    let offset = 0;
    for (let index = 0; index < this.#types.length; index += 1) {
      const payload = this.#payloads[index] ?? null;
      offset = writeFrameHeader(
        message,
        offset,
        this.#types[index] ?? 0,
        this.#streamIds[index] ?? 0,
        payload === null ? 0 : payload.length,
      );
      if (payload !== null) {
        message.set(payload, offset);
        offset += payload.length;
      }
    }
    const numberedBytes = this.#numberedBytes;
    this.clear();
    return { message, numberedBytes };
  }

  clear(): void {
    this.#types.length = 0;
    this.#streamIds.length = 0;
    this.#payloads.length = 0;
    this.#bytes = 0;
    this.#numberedBytes = 0;
  }
}
