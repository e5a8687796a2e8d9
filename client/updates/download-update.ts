import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Response } from 'undici';
import type { HttpClient } from '../network/http-client.ts';
import type { FeedFile } from './feed-metadata.ts';
import { fetchFromFeed } from './fetch-from-feed.ts';
import { UpdateFailure } from './update-failure.ts';

const defaultStallMs = 60_000;
/** However steadily it drips: then the rest is left for another time. */
const longestMs = 6 * 3_600_000;
const mostAttempts = 5;
/** After a try that brought nothing. */
const defaultRetryMs = 2_000;
/** Installing needs room for a second copy. */
const copies = 2;

export interface DownloadOptions {
  readonly http: HttpClient;
  /** Ends in a slash. */
  readonly feed: URL;
  /** From metadata whose signature was checked. */
  readonly file: FeedFile;
  /** Belongs to downloads alone: whatever else lies in it is deleted. */
  readonly folder: string;
  readonly onProgress?: (receivedBytes: number) => void;
  readonly signal?: AbortSignal;
  /** How long nothing may come. */
  readonly stallMs?: number;
  readonly retryMs?: number;
  readonly openFile?: typeof open;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Downloads an update and goes on where an earlier try was cut off. What is at the path has the size and the hash that was
 * signed. @throws UpdateFailure with the reason; a part that may still be good is kept
 */
export async function downloadUpdate(options: DownloadOptions): Promise<string> {
  const { file, folder } = options;
  const target = join(folder, file.url);
  const part = join(folder, `${Buffer.from(file.sha512, 'base64').toString('hex').slice(0, 32)}.part`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (path !== target && path !== part) await rm(path, { recursive: true, force: true });
    }
    if (await isSignedFile(target, file)) return target;
    await rm(target, { recursive: true, force: true });
    await fill(part, options);
    await rename(part, target);
    return target;
  } catch (error) {
    throw fileFailure(error);
  }
}

/** Whether a file is what was signed, byte for byte. */
export async function isSignedFile(path: string, { size, sha512 }: FeedFile): Promise<boolean> {
  if ((await sizeOf(path)) !== size) return false;
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('base64') === sha512;
}

async function fill(part: string, options: DownloadOptions): Promise<void> {
  const { file } = options;
  let beganAt = await sizeOf(part);
  await demandRoom(options, beganAt);
  for (let attempt = 1; ; attempt += 1) {
    const before = await sizeOf(part);
    try {
      if (before < file.size) await receive(part, before, options);
      if (await isSignedFile(part, file)) return;
      await rm(part, { force: true });
      const detail = `${file.url} isn’t the file whose hash was signed.`;
      // What an earlier try had left may be what is wrong.
      if (beganAt === 0) throw new UpdateFailure('wrong-hash', detail);
      beganAt = 0;
    } catch (error) {
      const isBroken = error instanceof UpdateFailure && error.reason === 'download-broken';
      if (!isBroken || attempt >= mostAttempts) throw error;
      if ((await sizeOf(part)) <= before) await wait(options.retryMs ?? defaultRetryMs);
    }
  }
}

/** Asks for what is missing and writes it behind what there is. */
async function receive(part: string, have: number, options: DownloadOptions): Promise<void> {
  const { http, feed, file, openFile = open, stallMs = defaultStallMs } = options;
  const url = new URL(file.url, feed);
  const stall = new AbortController();
  const watch = setTimeout(() => stall.abort(), stallMs);
  const signal = options.signal === undefined ? stall.signal : AbortSignal.any([options.signal, stall.signal]);
  const headers = { 'accept-encoding': 'identity', ...(have === 0 ? {} : { range: `bytes=${have}-` }) };
  let handle: FileHandle | null = null;
  try {
    const response = await fetchFromFeed(
      http,
      url,
      { timeoutMs: longestMs, signal, headers },
      (status) => status === 200 || (have > 0 && (status === 206 || status === 416)),
    );
    const goesOn = response.status === 206 && startsAt(response, have);
    if (response.status !== 200 && !goesOn) {
      await response.body?.cancel();
      await rm(part, { force: true });
      return await receive(part, 0, options);
    }
    handle = await openFile(part, goesOn ? 'a' : 'w', 0o600);
    const received = await copyBody(response, handle, goesOn ? have : 0, options, () => watch.refresh());
    if (received === file.size) return;
    const isWhole = response.headers.get('content-length') === String(received - (goesOn ? have : 0));
    if (received > file.size || isWhole) {
      await rm(part, { force: true });
      throw new UpdateFailure('wrong-size', `${url.href} isn’t of the ${file.size} bytes that were signed.`);
    }
    throw new UpdateFailure('download-broken', `${url.href} ended after ${received} of ${file.size} bytes.`);
  } catch (error) {
    if (!stall.signal.aborted) throw error;
    throw new UpdateFailure('feed-stalled', `${url.href}: nothing came for ${stallMs} ms.`, { cause: error });
  } finally {
    clearTimeout(watch);
    await handle?.close();
  }
}

/** @returns how many bytes the file has then; reads no more than was signed, and one chunk */
async function copyBody(
  response: Response,
  handle: FileHandle,
  have: number,
  { file, onProgress }: DownloadOptions,
  didReceive: () => void,
): Promise<number> {
  let received = have;
  const chunks = (response.body ?? (async function* () {})()) as AsyncIterable<Uint8Array>;
  const each = chunks[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await each.next();
    } catch (cause) {
      throw new UpdateFailure('download-broken', `It broke off after ${received} of ${file.size} bytes.`, { cause });
    }
    if (next.done === true) return received;
    didReceive();
    received += next.value.length;
    if (received > file.size) {
      await each.return?.();
      return received;
    }
    await handle.writeFile(next.value);
    onProgress?.(received);
  }
}

/** Whether a part is the one that was asked for (RFC 9110 §14.4). */
function startsAt(response: Response, have: number): boolean {
  return response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true;
}

async function demandRoom({ file, folder, freeBytes = freeBytesOf }: DownloadOptions, have: number): Promise<void> {
  const wanted = file.size * copies - have;
  const free = await freeBytes(folder);
  if (free < wanted)
    throw new UpdateFailure('disk-full', `${wanted} bytes are needed in ${folder}, and ${free} are free.`);
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

function fileFailure(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof UpdateFailure || code === undefined) return error;
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
  return new UpdateFailure(isFull ? 'disk-full' : 'not-written', message, { cause: error });
}
