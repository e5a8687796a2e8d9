import { closeSync, constants, fsyncSync, openSync, write, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const segmentBytes = 64 * 1_048_576;
const headBytes = 8;

/** A file of a fixed length to whose end batches of records are written; a batch is durable when its write has ended. */
export interface RecordSegment {
  append(lines: string): void;
  appendSoon(lines: string, done: (error: Error | null) => void): void;
  close(): void;
}

/**
 * Makes the file with its whole length, so that the file system has nothing to note about a later write. Begins anew at
 * its end, as segments that are used again do. Each batch: length, CRC-32, lines in ASCII.
 * @param isFlushed false to see what the flush itself takes
 */
export function openSegment(folder: string, isFlushed = true): RecordSegment {
  const path = join(folder, 'audit-segment');
  const zeros = Buffer.alloc(1_048_576);
  const made = openSync(path, 'w', 0o600);
  for (let at = 0; at < segmentBytes; at += zeros.length) writeSync(made, zeros);
  fsyncSync(made);
  closeSync(made);
  // Each write returns when its bytes are on disk: one call, where a write and a flush would be two.
  const file = openSync(path, isFlushed ? constants.O_RDWR | constants.O_DSYNC : constants.O_RDWR);
  let end = 0;

  const place = (bytes: number): number => {
    const at = end + bytes > segmentBytes ? 0 : end;
    end = at + bytes;
    return at;
  };
  return {
    append(lines) {
      const batch = framed(lines);
      writeSync(file, batch, 0, batch.length, place(batch.length));
    },
    appendSoon(lines, done) {
      const batch = framed(lines);
      write(file, batch, 0, batch.length, place(batch.length), (error) => done(error));
    },
    close: () => closeSync(file),
  };
}

function framed(lines: string): Buffer {
  const batch = Buffer.allocUnsafe(headBytes + lines.length);
  batch.write(lines, headBytes, 'latin1');
  batch.writeUInt32LE(lines.length, 0);
  batch.writeUInt32LE(crc32(batch.subarray(headBytes)), 4);
  return batch;
}
