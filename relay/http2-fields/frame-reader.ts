const headBytes = 9;
/** What SETTINGS_MAX_FRAME_SIZE is unless announced otherwise (RFC 9113 §6.5.2). */
const maxFrameBytes = 16_384;
/** A head of more frames than that is ended by nghttp2 as well. */
const maxContinuations = 8;

const type = { headers: 1, pushPromise: 5, continuation: 9 } as const;
const flag = { endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/**
 * Finds the header blocks in one direction of an HTTP/2 connection (RFC 9113 §4.1, §6.2, §6.6, §6.10), however its bytes
 * are cut into chunks. A block that lies in one chunk isn't copied, and bodies aren't looked at.
 */
export class FrameReader {
  readonly #onBlock: (streamId: number, block: Buffer) => void;
  /** Bytes of the preface or of a payload that is of no interest. */
  #skip: number;
  /** The beginning of a frame whose rest hasn't come yet, and how long it has to be to be looked at again. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #neededBytes = 0;
  /** Parts of a block that goes on in CONTINUATION. */
  #parts: Buffer[] = [];
  #streamId = 0;

  /**
   * @param prefaceBytes what comes before the first frame
   * @param onBlock told of each whole block in order; the bytes are only valid during the call
   */
  constructor(prefaceBytes: number, onBlock: (streamId: number, block: Buffer) => void) {
    this.#skip = prefaceBytes;
    this.#onBlock = onBlock;
  }

  /** Bytes of a head that hasn't come to its end. */
  get keptBytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.length, this.#restBytes);
  }

  /** @throws {FramingError} when nothing that follows can be read: the connection is to be ended */
  read(chunk: Buffer): void {
    let at = Math.min(this.#skip, chunk.length);
    this.#skip -= at;
    let bytes = chunk;
    if (this.#restBytes > 0) {
      if (this.#restBytes + chunk.length < this.#neededBytes) {
        this.#keep(chunk);
        return;
      }
      bytes = Buffer.concat([...this.#rest, chunk]);
      this.#rest = [];
      this.#restBytes = 0;
    }
    while (at < bytes.length) {
      const next = this.#frame(bytes, at);
      if (next === null) {
        this.#keep(bytes.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** Copied, so that it doesn't keep the whole chunk. */
  #keep(bytes: Buffer): void {
    this.#rest.push(Buffer.from(bytes));
    this.#restBytes += bytes.length;
  }

  /** Takes the frame that begins there and returns where the next one does; null when more of it is needed. */
  #frame(bytes: Buffer, at: number): number | null {
    this.#neededBytes = headBytes;
    if (bytes.length - at < headBytes) return null;
    const length = bytes.readUIntBE(at, 3);
    const kind = bytes[at + 3] as number;
    if (length > maxFrameBytes) throw new FramingError('A frame is larger than was offered.');
    if ((kind === type.continuation) !== this.#parts.length > 0) {
      throw new FramingError('CONTINUATION stands where it may not, or is missing.');
    }
    const end = at + headBytes + length;
    if (kind !== type.headers && kind !== type.pushPromise && kind !== type.continuation) {
      this.#skip = Math.max(0, end - bytes.length);
      return Math.min(end, bytes.length);
    }
    this.#neededBytes = headBytes + length;
    if (end > bytes.length) return null;
    this.#head(
      kind,
      bytes[at + 4] as number,
      bytes.readUInt32BE(at + 5) & 0x7fffffff,
      bytes.subarray(end - length, end),
    );
    return end;
  }

  #head(kind: number, flags: number, streamId: number, payload: Buffer): void {
    if (kind !== type.continuation) this.#streamId = streamId;
    if (streamId !== this.#streamId) throw new FramingError('CONTINUATION is of another stream.');
    const part = kind === type.continuation ? payload : blockOf(kind, flags, payload);
    const parts = this.#parts;
    if ((flags & flag.endHeaders) === 0) {
      if (parts.length > maxContinuations) throw new FramingError('A head has too many frames.');
      parts.push(Buffer.from(part));
      return;
    }
    if (parts.length === 0) {
      this.#onBlock(streamId, part);
      return;
    }
    this.#parts = [];
    this.#onBlock(streamId, Buffer.concat([...parts, part]));
  }
}

/** The block without padding, and without what stands before it. */
function blockOf(kind: number, flags: number, payload: Buffer): Buffer {
  let start = 0;
  let end = payload.length;
  if ((flags & flag.padded) !== 0) {
    start = 1;
    end -= payload[0] ?? 0;
  }
  if (kind === type.pushPromise) start += 4;
  else if ((flags & flag.priority) !== 0) start += 5;
  if (start > end) throw new FramingError('Padding is longer than its frame.');
  return payload.subarray(start, end);
}

/** The connection's framing is broken (RFC 9113 §5.4.1). */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}
