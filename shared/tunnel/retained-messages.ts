import { ProtocolError } from './frame-codec.ts';

/** Messages sent and not yet acknowledged, with the count of numbered bytes before and after each. */
export class RetainedMessages {
  readonly #release: (message: Uint8Array) => void;
  readonly #onHeld: (bytes: number) => void;
  #entries: { message: Uint8Array; end: number }[] = [];
  #first = 0;
  /** Entries before this one have been looked at by `compact`. */
  #compacted = 0;
  #sent = 0;
  #acknowledged = 0;
  #bytes = 0;

  /**
   * @param release gets each message that is acknowledged
   * @param onHeld gets by how many bytes what is held has grown, or shrunk when negative
   */
  constructor(release: (message: Uint8Array) => void = noop, onHeld: (bytes: number) => void = noop) {
    this.#release = release;
    this.#onHeld = onHeld;
  }

  /** Numbered bytes sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  add(message: Uint8Array, numberedBytes: number): void {
    if (numberedBytes === 0) return;
    this.#sent += numberedBytes;
    this.#bytes += message.length;
    this.#entries.push({ message, end: this.#sent });
    this.#onHeld(message.length);
  }

  /**
   * Small messages are cut from larger pieces of memory, which each of them keeps alive: those that have waited for
   * long get memory of their own, so that a peer that doesn't acknowledge costs no more than what is counted.
   */
  compact(): void {
    for (let index = Math.max(this.#first, this.#compacted); index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry !== undefined && entry.message.length * 4 < entry.message.buffer.byteLength) {
        entry.message = new Uint8Array(entry.message);
      }
    }
    this.#compacted = this.#entries.length;
  }

  /** Drops what the peer has. @throws ProtocolError when it acknowledges what was never sent, or half a message */
  acknowledge(position: number): void {
    if (position > this.#sent) throw new ProtocolError('The peer acknowledges bytes that were never sent.');
    if (position <= this.#acknowledged) return;
    const before = this.#bytes;
    let entry = this.#entries[this.#first];
    while (entry !== undefined && entry.end <= position) {
      this.#acknowledged = entry.end;
      this.#bytes -= entry.message.length;
      this.#release(entry.message);
      this.#entries[this.#first] = emptyEntry;
      this.#first += 1;
      entry = this.#entries[this.#first];
    }
    if (this.#first === this.#entries.length) {
      this.#entries = [];
      this.#first = 0;
      this.#compacted = 0;
    } else if (this.#first > 256) {
      this.#entries = this.#entries.slice(this.#first);
      this.#compacted = Math.max(0, this.#compacted - this.#first);
      this.#first = 0;
    }
    if (this.#bytes !== before) this.#onHeld(this.#bytes - before);
    if (this.#acknowledged !== position) throw new ProtocolError('The peer acknowledges a part of a message.');
  }

  /**
   * What must be sent again to a peer that has `position` numbered bytes; null when that position is no boundary
   * that can be resumed from.
   */
  from(position: number): readonly Uint8Array[] | null {
    if (position < this.#acknowledged || position > this.#sent) return null;
    const again: Uint8Array[] = [];
    let start = this.#acknowledged;
    for (const entry of this.#entries.slice(this.#first)) {
      if (entry.end <= position) {
        start = entry.end;
        continue;
      }
      if (again.length === 0 && start !== position) return null;
      again.push(entry.message);
    }
    return again;
  }
}

function noop(): void {
  // Nobody asked.
}

const emptyEntry = { message: new Uint8Array(0), end: 0 };
