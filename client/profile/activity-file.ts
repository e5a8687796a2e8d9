import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import type { SecretStore } from '../secrets/secret-store.ts';
import { openRefreshLock } from '../tokens/refresh-lock.ts';
import { mergeBatches, openBatches, sealBatch } from './activity-seal.ts';
import type { ActivityBatch } from './activity-store.ts';

export interface ActivityFileOptions {
  readonly stateDir: string;
  /** Holds the key; where it keeps nothing between runs, neither does the file. */
  readonly secrets: SecretStore;
  readonly profileId: string;
  /** Told what other processes of this profile have added, and at first all that is kept. */
  readonly onBatch: (batch: ActivityBatch) => void;
  readonly now: () => number;
  readonly maxBytes?: number;
}

/** The activity of one profile on disk, encrypted, bounded by size and age, shared by all processes of the profile. */
export interface ActivityFile {
  /** Keeps a batch, a moment later; failures cost only what is kept. */
  add(batch: ActivityBatch): void;
  /** Takes in what isn't known yet. Never throws: a log that can't be read is none. */
  sync(): Promise<void>;
  /** Deletes the file and its key. */
  clear(): Promise<void>;
  /** Keeps what waits; resolves once it is kept. */
  close(): Promise<void>;
}

const flushMs = 2_000;
const keyBytes = 32;
const longestWaitMs = 3_000;

/** See {@link ActivityFile}. Nothing is read or written before the first `add` or `sync`. */
export function openActivityFile(options: ActivityFileOptions): ActivityFile {
  const { stateDir, secrets, profileId, maxBytes = 8_000_000 } = options;
  const folder = join(stateDir, 'activity');
  const path = join(folder, `${profileId}.log`);
  const keyName = `activity-key:${profileId}`;
  const lock = openRefreshLock(stateDir, `${profileId}-activity`);
  const queue = new PQueue({ concurrency: 1 });
  let waiting: ActivityBatch[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** How far the file is known, and which file that was: another process may have put a shorter one in its place. */
  let known = { ino: 0, bytes: 0 };

  async function readKey(): Promise<Buffer> {
    const kept = Buffer.from((await secrets.get(keyName)) ?? '', 'base64');
    if (kept.length === keyBytes) return kept;
    const fresh = randomBytes(keyBytes);
    await secrets.set(keyName, fresh.toString('base64'));
    return fresh;
  }

  async function place(): Promise<{ ino: number; bytes: number }> {
    try {
      const { ino, size } = await stat(path);
      return { ino, bytes: size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ino: 0, bytes: 0 };
      throw error;
    }
  }

  async function readFrom(start: number, end: number): Promise<string> {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** What others have added; of a file that was made anew all is known, but for its newest lines. */
  async function readOthers(key: Buffer): Promise<void> {
    const now = await place();
    const isSame = known.ino === 0 || known.ino === now.ino;
    if (isSame && now.bytes > known.bytes) {
      const text = await readFrom(known.bytes, now.bytes);
      for (const batch of openBatches(text, key, profileId)) options.onBatch(batch);
    }
    known = now;
  }

  async function append(batches: readonly ActivityBatch[], key: Buffer): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // A line that a crash has cut ends here.
    await appendFile(path, `\n${sealBatch(mergeBatches(batches), key, profileId)}\n`, { mode: 0o600 });
    known = await place();
    if (known.bytes <= maxBytes) return;
    const all = openBatches(await readFrom(0, known.bytes), key, profileId);
    const bounds = { oldestMs: options.now() - keptMs, maxCharacters: maxBytes / 4 };
    const fresh = `${path}.${process.pid}.next`;
    await writeFile(fresh, `${sealBatch(mergeBatches(all, bounds), key, profileId)}\n`, { mode: 0o600, flush: true });
    await rename(fresh, path);
    known = await place();
  }

  /** The log, and what a crash has left of a shorter one. */
  async function removeFiles(): Promise<void> {
    const names = await readdir(folder).catch(() => []);
    const left = names.filter((name) => name.startsWith(`${profileId}.log.`) && name.endsWith('.next'));
    await Promise.all([path, ...left.map((name) => join(folder, name))].map((each) => rm(each, { force: true })));
  }

  function work(mustAppend: boolean): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    return queue.add(async () => {
      const batches = waiting;
      if (secrets.kind === 'memory' || (mustAppend && batches.length === 0)) return;
      waiting = [];
      const keep = async (): Promise<void> => {
        if (batches.length === 0 && (await place()).bytes === 0) return;
        const key = await readKey();
        await readOthers(key);
        if (batches.length > 0) await append(batches, key);
      };
      // A full disk or a folder of somebody else's costs what is kept, and nothing else.
      await lock.hold(keep, AbortSignal.timeout(longestWaitMs)).catch(() => undefined);
    });
  }

  return {
    add(batch) {
      if (secrets.kind === 'memory') return;
      waiting.push(batch);
      timer ??= setTimeout(() => void work(true), flushMs).unref();
    },
    sync: () => work(false),
    async clear() {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
      await queue.add(async () => {
        known = { ino: 0, bytes: 0 };
        try {
          // First: without its key, what can't be deleted can't be read either.
          if (secrets.kind !== 'memory') await secrets.delete(keyName);
        } finally {
          await removeFiles();
        }
      });
    },
    async close() {
      await work(true);
      lock.close();
    },
  };
}

/** How long requests are kept. */
const keptMs = 30 * 86_400_000;
