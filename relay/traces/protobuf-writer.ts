const firstSize = 64 * 1024;
/** Most bytes of a varint, and of a UTF-16 unit in UTF-8. */
const longestVarint = 10;
const longestUnit = 3;
/** So few bytes are copied sooner than it takes to have them copied. */
const mostByHand = 24;
/** Bytes kept for the length of a message that isn’t written yet: as a varint with zeros, up to 256 MB. */
const openLength = 4;
const low32 = 2 ** 32;
const low16 = 2 ** 16;

/** Writes messages of protobuf’s wire format, one field behind the other (protobuf.dev, Encoding). */
export class ProtobufWriter {
  #bytes: Buffer;
  #length = 0;
  /** Where messages that are still open begin. */
  readonly #open: number[] = [];

  /** @param size room that there is before more is needed, bytes */
  constructor(size = firstSize) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  /** What was written; good until something is written again. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    this.#open.length = 0;
  }

  /** Begins a message whose length is known when it is closed. */
  open(field: number): void {
    this.#reserve(longestVarint + openLength);
    this.#tag(field, 2);
    this.#length += openLength;
    this.#open.push(this.#length);
  }

  /** Ends the message that was opened last. */
  close(): void {
    const from = this.#open.pop() ?? this.#length;
    const count = this.#length - from;
    const bytes = this.#bytes;
    bytes[from - 4] = count | 0x80;
    bytes[from - 3] = (count >>> 7) | 0x80;
    bytes[from - 2] = (count >>> 14) | 0x80;
    bytes[from - 1] = (count >>> 21) & 0x7f;
  }

  /** Bytes as they are, of a message that is encoded already. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    const [own, at] = [this.#bytes, this.#length];
    if (bytes.length > mostByHand) own.set(bytes, at);
    else for (let index = 0; index < bytes.length; index += 1) own[at + index] = bytes[index] as number;
    this.#length = at + bytes.length;
  }

  /** Begins a message of so many bytes, which follow. */
  begin(field: number, length: number): void {
    this.#reserve(2 * longestVarint);
    this.#tag(field, 2);
    this.#varint(length);
  }

  /** A number from 0 to 2^53 − 1 behind its tag. */
  varint(field: number, value: number): void {
    this.#reserve(2 * longestVarint);
    this.#tag(field, 0);
    this.#varint(value);
  }

  fixed32(field: number, value: number): void {
    this.#reserve(longestVarint + 4);
    this.#tag(field, 5);
    this.#uint32(value);
  }

  /** A point of time in nanoseconds since the epoch, of which no double has room for all digits. */
  timeNs(field: number, ms: number): void {
    this.#reserve(longestVarint + 8);
    this.#tag(field, 1);
    const seconds = Math.floor(ms / 1000);
    const rest = Math.round((ms - seconds * 1000) * 1e6);
    const upper = Math.floor(seconds / low16) * 1e9;
    const lower = (upper % low16) * low16 + (seconds % low16) * 1e9 + rest;
    this.#uint32(lower % low32);
    this.#uint32(Math.floor(upper / low16) + Math.floor(lower / low32));
  }

  text(field: number, text: string): void {
    this.#reserve(2 * longestVarint + text.length * longestUnit);
    this.#tag(field, 2);
    const count = utf8Length(text);
    this.#varint(count);
    const [own, at] = [this.#bytes, this.#length];
    if (count === text.length) for (let index = 0; index < count; index += 1) own[at + index] = text.charCodeAt(index);
    else own.write(text, at);
    this.#length = at + count;
  }

  /** A message, or bytes, with their length. */
  message(field: number, bytes: Uint8Array): void {
    this.begin(field, bytes.length);
    this.raw(bytes);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #uint32(value: number): void {
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.#length = at + 4;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** How many bytes a number takes as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

/** How many bytes a text takes; quicker than asking the system for the short ones that there are. */
export function utf8Length(text: string): number {
  return isAscii(text) ? text.length : Buffer.byteLength(text);
}

/** Writes hexadecimal digits as the bytes that they stand for. */
export function writeHex(bytes: Uint8Array, at: number, digits: string): void {
  for (let index = 0; index * 2 < digits.length; index += 1)
    bytes[at + index] = (nibble(digits.charCodeAt(index * 2)) << 4) | nibble(digits.charCodeAt(index * 2 + 1));
}

/** Value of a hexadecimal digit, whose case doesn’t matter. */
function nibble(code: number): number {
  return (code & 0xf) + (code >= 0x40 ? 9 : 0);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) >= 0x80) return false;
  return true;
}
