import { constants, statSync } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure, fine, type Look, warning } from './finding.ts';
import type { Patient } from './patient.ts';

const mebibyte = 1_048_576;
const leastBytes = 100 * mebibyte;
const fewBytes = 1024 * mebibyte;
const usualSlowMs = 250;
const probeBytes = 4096;
/** Linux’s `__O_TMPFILE` (open(2)): a file without a name, which is gone when it is closed. */
const withoutName = process.platform === 'linux' ? 0o20_000_000 | constants.O_DIRECTORY : null;

/** Whether the data folder’s disk has room, and makes durable what is written to it, in time. */
export async function lookAtDisk({ loaded }: Patient, slowMs = usualSlowMs): Promise<readonly Look[]> {
  const folder = existingFolder(loaded.config.relay.data);
  return [await lookAtRoom(folder), await lookAtWriting(folder, slowMs)];
}

async function lookAtRoom(folder: string): Promise<Look> {
  const { bavail, blocks, bsize, ffree, files } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${shown(free)} of ${shown(blocks * bsize)} are free.`;
  const advice = 'Make room on the disk, or let old days of the audit go (audit.keep_days, docs/operate.md).';
  if (files > 0 && ffree === 0)
    return failure(folder, 'The file system has no room for another file (inodes).', advice);
  if (free < leastBytes) return failure(folder, found, advice);
  return free < fewBytes ? warning(folder, found, advice) : fine(folder, found);
}

async function lookAtWriting(folder: string, slowMs: number): Promise<Look> {
  const beganAtMs = performance.now();
  try {
    await writeDurably(folder);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isForbidden = code === 'EACCES' || code === 'EPERM';
    return failure(
      folder,
      isForbidden
        ? `This user may not write there (${code}).`
        : `What is written there can’t be made durable (${code || message}).`,
      isForbidden
        ? 'Give the folder to the relay’s user, and run the doctor as that user.'
        : 'Look at the disk and the system’s log: the relay refuses requests while it can’t record them.',
    );
  }
  const tookMs = Math.round(performance.now() - beganAtMs);
  if (tookMs > slowMs)
    return warning(
      folder,
      `A record takes ${tookMs} ms to be durable.`,
      'Requests wait for it: use a faster disk, or look for what else uses it.',
    );
  return fine(folder, `A record is durable after ${tookMs} ms.`);
}

async function writeDurably(folder: string): Promise<void> {
  const named = join(folder, `.doctor-${process.pid}`);
  let file: FileHandle | null = null;
  if (withoutName !== null) file = await open(folder, withoutName | constants.O_RDWR, 0o600).catch(unlessUnknown);
  const isNamed = file === null;
  file ??= await open(named, 'wx', 0o600);
  try {
    await file.write(Buffer.alloc(probeBytes));
    await file.sync();
  } finally {
    await file.close();
    if (isNamed) await rm(named, { force: true });
  }
}

/** A file system that knows no files without a name. */
function unlessUnknown(error: NodeJS.ErrnoException): null {
  if (['EOPNOTSUPP', 'EISDIR', 'EINVAL', 'ENOENT'].includes(error.code ?? '')) return null;
  throw error;
}

/** The folder, or the one in which the relay would make it. */
function existingFolder(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined || dirname(folder) === folder) return folder;
  return existingFolder(dirname(folder));
}

function shown(bytes: number): string {
  const gibibytes = bytes / (1024 * mebibyte);
  return gibibytes >= 1 ? `${gibibytes.toFixed(1)} GiB` : `${Math.round(bytes / mebibyte)} MiB`;
}
