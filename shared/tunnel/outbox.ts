import { batchBytes, firstUnnumberedType, frameHeaderBytes, frameType, maxDataBytes } from './protocol.ts';
import { writeFrameHeader } from './frame-codec.ts';

/** Gives an uninitialised byte array; `Buffer.allocUnsafe` in Node. */
export type Allocate = (bytes: number) => Uint8Array;

/** Above this much, what waits goes out as several messages. */
const longBytes = 2 * batchBytes;

/** In the place of a type: the payload belongs to the frame before. */
const continued = 0;

/** Frames that wait to be sent together as one message. */
export class Outbox {
  readonly #types: number[] = [];
  readonly #streamIds: number[] = [];
  readonly #payloads: (Uint8Array | null)[] = [];
  /** Length of the whole payload of a frame; 0 where an entry goes on with the frame before it. */
  readonly #lengths: number[] = [];
  #bytes = 0;
  #numberedBytes = 0;
  /** Where the frame is that the next data of its stream may still join. */
  #last = -1;

  /** Size of the message that `take` would give. */
  get bytes(): number {
    return this.#bytes;
  }

  add(type: number, streamId: number, payload: Uint8Array | null, numbered: boolean): void {
    const length = payload === null ? 0 : payload.length;
    const joins = type === frameType.data && this.#joinsLast(streamId, length);
    if (!joins) this.#last = this.#types.length;
    this.#types.push(joins ? continued : type);
    this.#streamIds.push(streamId);
    this.#payloads.push(payload);
    this.#lengths.push(joins ? 0 : length);
    if (joins) this.#lengths[this.#last] = (this.#lengths[this.#last] ?? 0) + length;
    const bytes = joins ? length : frameHeaderBytes + length;
    this.#bytes += bytes;
    if (numbered) this.#numberedBytes += bytes;
  }

  /** Data of the same stream goes out as one frame, which the peer hands on with one call. */
  #joinsLast(streamId: number, length: number): boolean {
    const at = this.#last;
    return (
      at >= 0 &&
      this.#types[at] === frameType.data &&
      this.#streamIds[at] === streamId &&
      (this.#lengths[at] ?? 0) + length <= maxDataBytes
    );
  }

  /** Assembles a message: of all that is here, or of the first frames when that is more than a message should have. */
  take(allocate: Allocate): { message: Uint8Array; numberedBytes: number } {
    return this.#bytes > longBytes ? this.#takeFirst(allocate) : this.#assemble(allocate);
  }

  #assemble(allocate: Allocate): { message: Uint8Array; numberedBytes: number } {
    const message = allocate(this.#bytes);
    let offset = 0;
    for (let index = 0; index < this.#types.length; index += 1) {
      const payload = this.#payloads[index] ?? null;
      const type = this.#types[index] ?? 0;
      if (type !== continued)
        offset = writeFrameHeader(message, offset, type, this.#streamIds[index] ?? 0, this.#lengths[index] ?? 0);
      if (payload !== null) {
        message.set(payload, offset);
        offset += payload.length;
      }
    }
    const numberedBytes = this.#numberedBytes;
    this.clear();
    return { message, numberedBytes };
  }

  /** What gathered while there was no link, and a large catalog, can be longer than the peer takes at once. */
  #takeFirst(allocate: Allocate): { message: Uint8Array; numberedBytes: number } {
    const [types, streamIds, payloads] = [[...this.#types], [...this.#streamIds], [...this.#payloads]];
    this.clear();
    const rest = new Outbox();
    for (const [index, entry] of types.entries()) {
      const payload = payloads[index] ?? null;
      const type = entry === continued ? frameType.data : entry;
      const isOver = rest.bytes > 0 || (this.#bytes > 0 && this.#bytes + (payload?.length ?? 0) > batchBytes);
      const target = isOver ? rest : this;
      target.add(type, streamIds[index] ?? 0, payload, type < firstUnnumberedType);
    }
    const taken = this.#assemble(allocate);
    for (const [index, type] of rest.#types.entries()) {
      const entry = type === continued ? frameType.data : type;
      this.add(entry, rest.#streamIds[index] ?? 0, rest.#payloads[index] ?? null, entry < firstUnnumberedType);
    }
    return taken;
  }

  clear(): void {
    this.#types.length = 0;
    this.#streamIds.length = 0;
    this.#payloads.length = 0;
    this.#lengths.length = 0;
    this.#last = -1;
    this.#bytes = 0;
    this.#numberedBytes = 0;
  }
}
