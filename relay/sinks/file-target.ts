import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import type { SinkPlace } from './sink-settings.ts';
import { failureWords, shippedJson, type SinkTarget } from './sink-target.ts';

// Group may read, so that a program that ships files needs no right to the relay's own.
const fileMode = 0o640;
const lineFeed = 0x0a;
const readBackBytes = 65_536;

/** Appends each record as one line of JSON, flushed before it counts, and rotates: `path`, `path.1` (newest), `path.2` … */
export function createFileTarget(place: Extract<SinkPlace, { kind: 'file' }>): SinkTarget {
  let file: FileHandle | undefined;

  const release = async (): Promise<void> => {
    const open = file;
    file = undefined;
    await open?.close();
  };

  /** The open file, or a new one where the path now leads elsewhere, because it was moved away by others. */
  const current = async (): Promise<{ readonly handle: FileHandle; readonly size: number }> => {
    if (file !== undefined) {
      const [own, there] = await Promise.all([file.stat(), stat(place.path).catch(() => undefined)]);
      if (own.ino !== there?.ino || own.dev !== there.dev) await release();
      else if (own.size > 0 && isDue(place, own)) {
        await release();
        await rotate(place);
      } else return { handle: file, size: own.size };
    }
    // No reading end of a named pipe is waited for.
    file = await open(
      place.path,
      constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK,
      fileMode,
    );
    const found = await file.stat();
    if (!found.isFile()) {
      await release();
      throw new Error(`${place.path} isn’t a regular file`);
    }
    return { handle: file, size: await cutTornLine(file, found.size) };
  };

  return {
    async send({ log, records }) {
      let began: { readonly handle: FileHandle; readonly size: number } | undefined;
      try {
        began = await current();
        await began.handle.appendFile(records.map((record) => `${shippedJson(log, record)}\n`).join(''));
        await began.handle.datasync();
        return { status: 'delivered' };
      } catch (error) {
        // What a full disk took of the batch goes again with all of it.
        await began?.handle.truncate(began.size).catch(() => undefined);
        await release().catch(() => undefined);
        return { status: 'failed', reason: failureWords(error) };
      }
    },
    close: release,
  };
}

function isDue(
  { rotateBytes, rotateMs }: Extract<SinkPlace, { kind: 'file' }>,
  { size, birthtimeMs }: { readonly size: number; readonly birthtimeMs: number },
): boolean {
  return size >= rotateBytes || (rotateMs !== undefined && birthtimeMs > 0 && Date.now() - birthtimeMs >= rotateMs);
}

async function rotate({ path, keep }: Extract<SinkPlace, { kind: 'file' }>): Promise<void> {
  await rm(`${path}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 0; number -= 1) {
    const from = number === 0 ? path : `${path}.${number}`;
    await rename(from, `${path}.${number + 1}`).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
  }
}

/** A relay that was killed may leave half a line, which comes again whole. Answers the size that is left. */
async function cutTornLine(file: FileHandle, size: number): Promise<number> {
  let end = size;
  while (end > 0) {
    const from = Math.max(0, end - readBackBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - from), 0, end - from, from);
    const lastLine = buffer.subarray(0, bytesRead).lastIndexOf(lineFeed);
    if (lastLine >= 0) {
      end = from + lastLine + 1;
      break;
    }
    end = from;
  }
  if (end < size) await file.truncate(end);
  return end;
}
