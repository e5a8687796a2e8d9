import { readFile, writeFile } from 'node:fs/promises';

/** Processors of Macs, by the numbers that their programs have (mach/machine.h). */
const processorsByNumber = new Map([
  [0x01000007, 'x64'],
  [0x0100000c, 'arm64'],
]);
export type MacProcessor = 'x64' | 'arm64';
export const macProcessors: readonly MacProcessor[] = ['x64', 'arm64'];

/** A program for one processor, thin or as one part of a program for several. */
export interface MachOSlice {
  /** Null for a processor that no Mac of today has. */
  readonly processor: MacProcessor | null;
  readonly bytes: Buffer;
}

/** MH_MAGIC_64 as it is in a file, and FAT_MAGIC (mach-o/loader.h, mach-o/fat.h). */
const thinMagic = 0xfeedfacf;
const fatMagic = 0xcafebabe;
/** Where a slice may begin: pages of Apple’s processors have 16 KB. */
const alignment = 14;
const fatHeaderBytes = 8;
const fatEntryBytes = 20;
/** Java’s classes begin alike, with a version where this has the count. */
const mostSlices = 16;

/** The parts of a program for Macs; empty where it is none, or is cut short. */
export function slicesOf(bytes: Buffer): readonly MachOSlice[] {
  if (bytes.length >= 16 && bytes.readUInt32LE(0) === thinMagic) return [{ processor: processorOf(bytes), bytes }];
  if (bytes.length < fatHeaderBytes || bytes.readUInt32BE(0) !== fatMagic) return [];
  const count = bytes.readUInt32BE(4);
  if (count > mostSlices || bytes.length < fatHeaderBytes + count * fatEntryBytes) return [];
  const slices: MachOSlice[] = [];
  for (let at = fatHeaderBytes; at < fatHeaderBytes + count * fatEntryBytes; at += fatEntryBytes) {
    const [offset, size] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)];
    if (offset + size > bytes.length) return [];
    const processor = processorsByNumber.get(bytes.readUInt32BE(at)) ?? null;
    slices.push({ processor: processor as MacProcessor | null, bytes: bytes.subarray(offset, offset + size) });
  }
  return slices;
}

function processorOf(thin: Buffer): MacProcessor | null {
  return (processorsByNumber.get(thin.readUInt32LE(4)) ?? null) as MacProcessor | null;
}

/**
 * Writes one program for several processors, as `lipo -create` does; each part keeps the signature that it has.
 * @throws Error when one of them isn’t for one processor, or two are for the same
 */
export async function writeUniversalProgram(thinFiles: readonly string[], target: string): Promise<void> {
  const parts = await Promise.all(thinFiles.map((file) => readFile(file)));
  const processors = parts.map((bytes, at) => {
    if (bytes.length < 16 || bytes.readUInt32LE(0) !== thinMagic)
      throw new Error(`${thinFiles[at]} is no program for one processor of Macs.`);
    return bytes.readUInt32LE(4);
  });
  if (new Set(processors).size < parts.length) throw new Error(`${thinFiles.join(', ')} are for the same processor.`);
  const step = 2 ** alignment;
  const header = Buffer.alloc(fatHeaderBytes + parts.length * fatEntryBytes);
  header.writeUInt32BE(fatMagic, 0);
  header.writeUInt32BE(parts.length, 4);
  const pieces: Buffer[] = [header];
  let end = header.length;
  for (const [index, bytes] of parts.entries()) {
    const offset = Math.ceil(end / step) * step;
    const at = fatHeaderBytes + index * fatEntryBytes;
    // Kind of processor and its variant stand in a thin file as they do here, in the other byte order.
    header.writeUInt32BE(bytes.readUInt32LE(4), at);
    header.writeUInt32BE(bytes.readUInt32LE(8), at + 4);
    header.writeUInt32BE(offset, at + 8);
    header.writeUInt32BE(bytes.length, at + 12);
    header.writeUInt32BE(alignment, at + 16);
    pieces.push(Buffer.alloc(offset - end), bytes);
    end = offset + bytes.length;
  }
  await writeFile(target, Buffer.concat(pieces));
}
