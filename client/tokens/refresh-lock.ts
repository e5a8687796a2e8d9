import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import PQueue from 'p-queue';

/** Runs work while no other process and no other caller of this one holds the lock of the same name. */
export interface RefreshLock {
  /** @throws the signal's reason when it aborts before the lock is free */
  hold<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): void;
}

const sqliteBusy = 5;
/** Without a journal nothing is written, so that a full disk takes the lock all the same. */
const lockStatements = 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE';
const pollMs = 40;

function isBusy(error: unknown): boolean {
  // The lower byte is the kind; the others say more about it.
  return error instanceof Error && ((error as { errcode?: number }).errcode ?? 0) % 256 === sqliteBusy;
}

/**
 * A lock between processes: an exclusive SQLite transaction on a file of its own. The operating system frees it when
 * the holder exits or crashes, so that it is never stale and needs no time limit. Where it can't be had at all, for
 * example on a file system without locks or in another user's folder, it holds among the callers of this process.
 */
export function openRefreshLock(stateDir: string, name: string): RefreshLock {
  const folder = join(stateDir, 'locks');
  const path = join(folder, `${name}.lock`);
  const queue = new PQueue({ concurrency: 1 });
  const closing = new AbortController();

  async function acquire(signal: AbortSignal): Promise<DatabaseSync | null> {
    for (;;) {
      signal.throwIfAborted();
      let database: DatabaseSync | null = null;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        database = new DatabaseSync(path, { timeout: 0 });
        database.exec(lockStatements);
        return database;
      } catch (error) {
        database?.close();
        if (!isBusy(error)) return null;
      }
      await wait(pollMs + Math.random() * pollMs, undefined, { signal });
    }
  }

  async function holdNow<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const database = await acquire(signal);
    try {
      return await work();
    } finally {
      // Closing ends the transaction and with it the lock.
      database?.close();
    }
  }

  return {
    hold<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
      const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      return queue.add(() => holdNow(work, either));
    },
    close: () => closing.abort(),
  };
}

/** Longest that one short piece of work waits for another process's. */
const longestShortWaitMs = 2_000;

/**
 * Runs short work, such as replacing a file, while no other process does. Where the lock can't be had, for example on
 * a file system without locks, the work is done all the same.
 */
export function holdFileLock(stateDir: string, name: string, work: () => void): void {
  let database: DatabaseSync | null = null;
  try {
    const folder = join(stateDir, 'locks');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(join(folder, `${name}.lock`), { timeout: longestShortWaitMs });
    database.exec(lockStatements);
  } catch {
    // As said above.
  }
  try {
    work();
  } finally {
    database?.close();
  }
}

/** The same among the callers of this process alone, for secrets that no other process can see. */
export function openProcessLock(): RefreshLock {
  const queue = new PQueue({ concurrency: 1 });
  return {
    hold: (work, signal) =>
      queue.add(() => {
        signal?.throwIfAborted();
        return work();
      }),
    close: () => undefined,
  };
}
