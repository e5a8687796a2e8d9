import { closeSync, fdatasyncSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const writes = 500;
const bytes = 4096;

/**
 * What a write that must last costs here, without any program of ours: 4 KB over bytes that are in a file already, and
 * `fdatasync`. No answer of a relay can come sooner than the record of its decision.
 */
export function durableWrite(dir: string): { readonly p50Ms: number; readonly p99Ms: number } {
  const path = join(dir, 'durable-write');
  const file = openSync(path, 'w');
  try {
    writeSync(file, Buffer.alloc(bytes * writes));
    fsyncSync(file);
    const data = Buffer.alloc(bytes, 'causeway');
    const timesMs = Array.from({ length: writes }, (_, index) => {
      const startedAt = performance.now();
      writeSync(file, data, 0, bytes, index * bytes);
      fdatasyncSync(file);
      return performance.now() - startedAt;
    }).sort((a, b) => a - b);
    const at = (share: number): number => timesMs[Math.floor(writes * share)] ?? Number.NaN;
    return { p50Ms: at(0.5), p99Ms: at(0.99) };
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
