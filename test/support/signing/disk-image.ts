import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const sectorBytes = 512;
const chunkSectors = 512;

/**
 * Makes a disk image as macOS has them, compressed (UDZO), of a folder: an HFS+ volume by `xorriso`, in Apple’s container, which is
 * written here.
 */
export function makeDiskImage(folder: string, volume: string, target: string): void {
  const hybrid = `${target}.iso`;
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-hfsplus', '-V', volume, '-o', hybrid, folder], {
    stdio: 'pipe',
  });
  writeFileSync(target, inContainer(hfsVolumeIn(readFileSync(hybrid))));
  rmSync(hybrid);
}

/** The HFS+ volume inside a hybrid image: its header stands 1024 bytes behind its start (Apple’s TN1150). */
function hfsVolumeIn(image: Buffer): Buffer {
  const mark = Buffer.from('H+\0\u0004', 'latin1');
  const at = image.indexOf(mark);
  if (at < 1024) throw new Error('xorriso has written no HFS+ volume.');
  const [blockBytes, blocks] = [image.readUInt32BE(at + 40), image.readUInt32BE(at + 44)];
  return image.subarray(at - 1024, at - 1024 + blockBytes * blocks);
}

/** Apple’s container: chunks by zlib, a list of them in a property list, and a trailer that says where that is. */
function inContainer(volume: Buffer): Buffer {
  const sectors = Math.ceil(volume.length / sectorBytes);
  const padded = Buffer.concat([volume, Buffer.alloc(sectors * sectorBytes - volume.length)]);
  const chunks: Buffer[] = [];
  const runs: Buffer[] = [];
  let end = 0;
  for (let sector = 0; sector < sectors; sector += chunkSectors) {
    const count = Math.min(chunkSectors, sectors - sector);
    const chunk = deflateSync(padded.subarray(sector * sectorBytes, (sector + count) * sectorBytes));
    runs.push(runOf(0x80000005, sector, count, end, chunk.length));
    chunks.push(chunk);
    end += chunk.length;
  }
  runs.push(runOf(0xffffffff, sectors, 0, end, 0));
  const table = Buffer.alloc(204);
  table.write('mish', 0, 'latin1');
  table.writeUInt32BE(1, 4);
  table.writeBigUInt64BE(BigInt(sectors), 16);
  table.writeUInt32BE(chunkSectors + 8, 32);
  writeSum(table, 64, padded);
  table.writeUInt32BE(runs.length, 200);
  const data = Buffer.concat([table, ...runs]).toString('base64');
  const list = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>resource-fork</key><dict><key>blkx</key><array><dict>
<key>Attributes</key><string>0x0050</string><key>CFName</key><string>whole disk (Apple_HFS : 0)</string>
<key>Data</key><data>${data}</data><key>ID</key><string>0</string><key>Name</key><string>whole disk (Apple_HFS : 0)</string>
</dict></array></dict></dict></plist>
`);
  const trailer = Buffer.alloc(512);
  trailer.write('koly', 0, 'latin1');
  for (const [at, value] of [
    [4, 4],
    [8, 512],
    [12, 1],
    [56, 1],
    [60, 1],
    [488, 1],
  ] as const)
    trailer.writeUInt32BE(value, at);
  for (const [at, value] of [
    [32, end],
    [216, end],
    [224, list.length],
    [492, sectors],
  ] as const)
    trailer.writeBigUInt64BE(BigInt(value), at);
  writeSum(trailer, 80, Buffer.concat(chunks));
  return Buffer.concat([...chunks, list, trailer]);
}

function runOf(kind: number, sector: number, count: number, at: number, bytes: number): Buffer {
  const run = Buffer.alloc(40);
  run.writeUInt32BE(kind, 0);
  for (const [index, value] of [sector, count, at, bytes].entries()) run.writeBigUInt64BE(BigInt(value), 8 + index * 8);
  return run;
}

/** A CRC-32 of 32 bits, as the container has them. */
function writeSum(target: Buffer, at: number, of: Buffer): void {
  target.writeUInt32BE(2, at);
  target.writeUInt32BE(32, at + 4);
  target.writeUInt32BE(crc32(of), at + 8);
}
