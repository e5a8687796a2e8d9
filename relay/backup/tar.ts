import { AccessError } from '../../shared/errors.ts';

const blockBytes = 512;
/** Eleven octal digits; above, the number stands in binary, as GNU tar and bsdtar write it. */
const mostOctal = 0o77777777777;
const field = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  time: [136, 12],
  sum: [148, 8],
  type: [156, 1],
} as const;

/** Header of a regular file that its owner alone may read (POSIX.1-2024 pax, ustar interchange format). */
export function tarHeader(name: string, bytes: number, timeMs: number): Buffer {
  if (Buffer.byteLength(name) > field.name[1]) throw new Error(`${name} is too long a name for an archive.`);
  const header = Buffer.alloc(blockBytes);
  const octal = ([at, length]: readonly [number, number], value: number): void =>
    void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 'utf8');
  octal(field.mode, 0o600);
  octal([108, 8], 0);
  octal([116, 8], 0);
  if (bytes <= mostOctal) octal(field.size, bytes);
  else {
    header[field.size[0]] = 0x80;
    header.writeBigUInt64BE(BigInt(bytes), field.size[0] + 4);
  }
  octal(field.time, Math.floor(timeMs / 1000));
  header.write('0', field.type[0], 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, field.sum[0], 'latin1');
  return header;
}

/** What fills the last block of a file. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

/** What stands behind the last file. */
export const tarEnd = Buffer.alloc(2 * blockBytes);

/** A file of an archive; its content is read before the next one is asked for. */
export interface TarFile {
  readonly name: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Buffer>;
}

/** The files of an archive that has nothing else. @throws AccessError `bad-input` for what breaks off or is no such archive */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarFile> {
  const reader = readBlocks(source);
  for (;;) {
    const header = await reader.exactly(blockBytes);
    if (header.every((byte) => byte === 0)) return;
    const { name, bytes } = readHeader(header);
    yield { name, bytes, content: reader.upTo(bytes) };
    await reader.exactly(tarPadding(bytes).length);
  }
}

function readHeader(header: Buffer): { readonly name: string; readonly bytes: number } {
  const text = ([at, length]: readonly [number, number]): string =>
    header.toString('utf8', at, at + length).split('\0')[0] ?? '';
  const octal = (place: readonly [number, number]): number => Number.parseInt(text(place).trim(), 8);
  if (octal(field.sum) !== sumOf(header)) throw new AccessError('bad-input', 'What was sent is no archive.');
  if (text(field.type) !== '0') throw new AccessError('bad-input', 'The archive has something that is no file.');
  const isBinary = (header[field.size[0]] ?? 0) === 0x80;
  const bytes = isBinary ? Number(header.readBigUInt64BE(field.size[0] + 4)) : octal(field.size);
  if (!Number.isSafeInteger(bytes)) throw new AccessError('bad-input', 'The archive names an impossible size.');
  return { name: text(field.name), bytes };
}

/** Of all bytes, with those of the sum itself as blanks. */
function sumOf(header: Buffer): number {
  const [from, length] = field.sum;
  return header.reduce((sum, byte, at) => sum + (at >= from && at < from + length ? 0x20 : byte), 0);
}

/** Takes a stream apart without holding more than one of its chunks. */
function readBlocks(source: AsyncIterable<Buffer>): {
  exactly(bytes: number): Promise<Buffer>;
  upTo(bytes: number): AsyncGenerator<Buffer>;
} {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  async function* upTo(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      if (rest.length === 0) {
        const next = await chunks.next();
        if (next.done === true) throw new AccessError('bad-input', 'The archive breaks off.');
        rest = next.value;
      }
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
  return {
    async exactly(bytes) {
      const parts: Buffer[] = [];
      for await (const part of upTo(bytes)) parts.push(part);
      return Buffer.concat(parts);
    },
    upTo,
  };
}
