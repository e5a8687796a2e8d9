import { createReadStream } from 'node:fs';
import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { type BackupManifest, manifestFile } from './backup-manifest.ts';
import { copyBeside } from './copy-beside.ts';
import type { BackedUpFile } from './copy-for-backup.ts';
import { filesToBackUp } from './files-to-back-up.ts';
import { readerPace, type ReaderPace } from './reader-pace.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

/** Folder in which one file at a time is copied before it is sent. */
const stagingName = 'backup-under-way';
/** What the relay needs for itself while a copy lies beside what it keeps. */
const spareBytes = 64 * 1_048_576;
const chunkBytes = 1_048_576;

export interface StreamedBackupOptions extends Omit<BackupManifest, 'format' | 'madeAt' | 'files'> {
  readonly dataDir: string;
}

/** A backup that is about to be sent; no other begins before it is over, or too slow. */
export interface BackupUnderWay {
  /** How fast it is taken, as who sends it says. */
  readonly pace: ReaderPace;
  /** Aborted when it has to give way to another one. */
  readonly signal: AbortSignal;
  /** The files as a tar archive, `backup.json` last; ends with the signal. Holds no more than a chunk in memory. */
  chunks(signal: AbortSignal): AsyncGenerator<Buffer, BackupManifest>;
  /** Takes away what lies beside; another one may begin, also where this throws because that can’t be taken away. */
  end(): Promise<void>;
}

/** Sends backups of a running relay, one at a time. */
export interface StreamedBackups {
  /**
   * One that is taken slowly gives way.
   * @throws AccessError `overloaded` while another one is sent, or where the disk has no room for a copy of the largest file
   */
  begin(options: StreamedBackupOptions): Promise<BackupUnderWay>;
  /** Resolves when none is under way. */
  close(): Promise<void>;
}

export function streamBackups(newPace: () => ReaderPace = readerPace): StreamedBackups {
  let current: { readonly pace: ReaderPace; readonly giving: AbortController } | null = null;
  let over: Promise<void> = Promise.resolve();
  return {
    async begin(options) {
      if (current?.pace.givesWay() === true) {
        current.giving.abort(new Error('it was taken slowly, and somebody else asked for one'));
        await over;
      }
      if (current !== null)
        throw new AccessError('overloaded', 'Another backup is being made. Ask again when it is done.');
      const under = { pace: newPace(), giving: new AbortController() };
      current = under;
      const { promise, resolve } = Promise.withResolvers<void>();
      over = promise;
      const staging = stagingOf(options.dataDir);
      const end = async (): Promise<void> => {
        try {
          await rm(staging, { recursive: true, force: true });
        } finally {
          if (current === under) current = null;
          resolve();
        }
      };
      try {
        await removeLeftBackup(options.dataDir);
        const names = await filesToBackUp(options.dataDir, options.keys);
        await requireRoom(options.dataDir, names);
        await mkdir(staging, { mode: 0o700 });
        const { signal } = under.giving;
        return {
          pace: under.pace,
          signal,
          chunks: (wanted) => chunksOf(options, { names, staging }, AbortSignal.any([wanted, signal])),
          end,
        };
      } catch (error) {
        await end();
        throw error;
      }
    },
    close: () => over,
  };
}

/** Takes away what a relay that was killed had copied for a backup, private keys perhaps among it; what keeps it there is told. */
export async function clearLeftBackup(dataDir: string, log: Logger): Promise<void> {
  await removeLeftBackup(dataDir).catch((error: unknown) =>
    log.warn({ err: error }, `${stagingOf(dataDir)} can’t be taken away, and may hold private keys; no backup is sent`),
  );
}

async function removeLeftBackup(dataDir: string): Promise<void> {
  await rm(stagingOf(dataDir), { recursive: true, force: true });
}

function stagingOf(dataDir: string): string {
  return join(dataDir, stagingName);
}

/** A relay whose disk is full records nothing, and lets nobody through. */
async function requireRoom(dataDir: string, names: readonly string[]): Promise<void> {
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dataDir, name))).size));
  const { bavail, bsize } = await statfs(dataDir);
  // Once more as much: what is written while a database is copied stays in its log until the copy is done.
  const needed = 2 * Math.max(0, ...sizes) + spareBytes;
  if (bavail * bsize >= needed) return;
  throw new AccessError(
    'overloaded',
    `The disk of relay.data has no room for a copy of its largest file: ${Math.ceil(needed / 1_000_000)} MB are needed.`,
  );
}

async function* chunksOf(
  { dataDir, ...of }: StreamedBackupOptions,
  { names, staging }: { readonly names: readonly string[]; readonly staging: string },
  signal: AbortSignal,
): AsyncGenerator<Buffer, BackupManifest> {
  const files: BackedUpFile[] = [];
  for (const name of names) {
    const to = join(staging, name);
    const file = await copyBeside({ dataDir, name, to }, signal);
    yield tarHeader(name, file.bytes, Date.now());
    for await (const chunk of createReadStream(to, { highWaterMark: chunkBytes, signal })) yield chunk as Buffer;
    yield tarPadding(file.bytes);
    files.push(file);
    await rm(to);
  }
  const manifest: BackupManifest = { format: 1, ...of, madeAt: new Date().toISOString(), files };
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  yield tarHeader(manifestFile, text.length, Date.now());
  yield text;
  yield Buffer.concat([tarPadding(text.length), tarEnd]);
  return manifest;
}
