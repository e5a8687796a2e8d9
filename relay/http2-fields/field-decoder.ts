import { readHuffman } from './huffman-code.ts';
import type { JudgeField } from './judge-field.ts';
import { staticFields } from './static-fields.ts';

/** A header field as it was sent, in Latin-1; `fault` says what makes it malformed. */
export interface Field {
  readonly name: string;
  readonly value: string;
  readonly fault: string | null;
}

const defaultTableBytes = 4096;
const entryOverhead = 32;
const known: readonly Field[] = staticFields.map(([name, value]) => ({ name, value, fault: null }));

/**
 * Reads the header blocks of one direction of a connection (HPACK, RFC 7541). Each field is judged once, when it is sent
 * in full; a reference to the table costs no more than its byte, whatever it stands for.
 */
export class FieldDecoder {
  readonly #judge: JudgeField;
  /** The newest is last. */
  readonly #table: Field[] = [];
  readonly #mostTableBytes: number;
  #tableLimit: number;
  #tableBytes = 0;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @param tableBytes what this side has announced as SETTINGS_HEADER_TABLE_SIZE */
  constructor(judge: JudgeField, tableBytes = defaultTableBytes) {
    this.#judge = judge;
    this.#mostTableBytes = tableBytes;
    this.#tableLimit = tableBytes;
  }

  /**
   * Reads one block.
   * @throws {FieldCodingError} when it isn't HPACK; nothing that follows can be read then (RFC 9113 §4.3)
   */
  read(block: Buffer, onField: (field: Field) => void): void {
    this.#block = block;
    this.#at = 0;
    let atStart = true;
    while (this.#at < block.length) {
      const first = block[this.#at] as number;
      if (first >= 0x80) onField(this.#entry(this.#number(7)));
      else if (first >= 0x40) onField(this.#add(this.#literal(6)));
      else if (first < 0x20) onField(this.#literal(4));
      else if (atStart) {
        this.#resize(this.#number(5));
        continue;
      } else throw new FieldCodingError('The table’s size changes inside of a block.');
      atStart = false;
    }
  }

  #literal(prefixBits: number): Field {
    const index = this.#number(prefixBits);
    const name = index === 0 ? this.#text() : this.#entry(index).name;
    const value = this.#text();
    return { name, value, fault: this.#judge(name, value) };
  }

  #entry(index: number): Field {
    const field = index <= known.length ? known[index - 1] : this.#table[this.#table.length + known.length - index];
    if (field === undefined) throw new FieldCodingError('A field is named that isn’t in the table.');
    return field;
  }

  #add(field: Field): Field {
    this.#tableBytes += sizeOf(field);
    this.#table.push(field);
    this.#evict();
    return field;
  }

  #resize(limit: number): void {
    if (limit > this.#mostTableBytes) throw new FieldCodingError('The table is to be larger than was offered.');
    this.#tableLimit = limit;
    this.#evict();
  }

  /** The table holds few entries, each of which counts for 32 bytes at least (RFC 7541 §4.1). */
  #evict(): void {
    let oldest = 0;
    while (this.#tableBytes > this.#tableLimit) {
      this.#tableBytes -= sizeOf(this.#table[oldest] as Field);
      oldest += 1;
    }
    if (oldest > 0) this.#table.splice(0, oldest);
  }

  /** An integer of RFC 7541 §5.1 behind the first bits of a byte. */
  #number(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    const value = this.#byte() & most;
    return value < most ? value : most + this.#moreOfNumber();
  }

  #moreOfNumber(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new FieldCodingError('A number has too many bytes.');
  }

  #text(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#number(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw new FieldCodingError('A field is longer than its block.');
    this.#at = end;
    if (!isHuffman) return this.#block.toString('latin1', start, end);
    const text = readHuffman(this.#block, start, end);
    if (text === null) throw new FieldCodingError('A field isn’t in the Huffman code.');
    return text;
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new FieldCodingError('A block ends inside of a field.');
    this.#at += 1;
    return byte;
  }
}

function sizeOf({ name, value }: Field): number {
  return name.length + value.length + entryOverhead;
}

/** COMPRESSION_ERROR (RFC 9113 §4.3). */
export class FieldCodingError extends Error {
  override readonly name = 'FieldCodingError';
}
