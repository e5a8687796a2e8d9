import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { type BackupManifest, fileName, manifestFile, manifestSchema } from './backup-manifest.ts';
import { makeOwnFolder } from './own-folder.ts';
import { readTar, type TarFile } from './tar.ts';

type Received = Pick<BackupManifest['files'][number], 'name' | 'bytes' | 'sha256'>;

/**
 * Writes what a relay sends into a new or empty folder, as whoever runs the command; all of it, or nothing.
 * @throws AccessError `bad-input` for a folder that isn’t empty or has no room, and for what breaks off or isn’t whole
 */
export async function receiveBackup(
  target: string,
  ask: () => Promise<AsyncIterable<Buffer>>,
): Promise<BackupManifest> {
  const isMade = await makeOwnFolder(target);
  const written: Received[] = [];
  try {
    for await (const file of readTar(await ask())) {
      if (written.at(-1)?.name === manifestFile || !fileName.safeParse(file.name).success)
        throw new AccessError('bad-input', 'The relay has sent something that belongs to no backup.');
      const path = join(target, file.name);
      // Only what this run has made is its to take away again.
      const opened = await open(path, 'wx', 0o600);
      written.push({ name: file.name, bytes: file.bytes, sha256: '' });
      written[written.length - 1] = await writeWhole(file, opened);
    }
    return await requireWhole(target, written);
  } catch (error) {
    for (const { name } of written) await rm(join(target, name), { force: true });
    if (isMade) await rmdir(target).catch(() => undefined);
    throw asRefusal(error, target);
  }
}

async function writeWhole({ name, bytes, content }: TarFile, opened: FileHandle): Promise<Received> {
  const digest = createHash('sha256');
  await using file = opened;
  for await (const part of content) {
    digest.update(part);
    await file.writeFile(part);
  }
  await file.sync();
  return { name, bytes, sha256: digest.digest('hex') };
}

async function requireWhole(target: string, written: readonly Received[]): Promise<BackupManifest> {
  if (written.at(-1)?.name !== manifestFile) throw new AccessError('bad-input', 'The backup breaks off.');
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(target, manifestFile), 'utf8')));
  const told = manifest.files.map(({ name, bytes, sha256 }) => `${name} ${bytes} ${sha256}`);
  const got = written.slice(0, -1).map(({ name, bytes, sha256 }) => `${name} ${bytes} ${sha256}`);
  if (told.join('\n') !== got.join('\n')) throw new AccessError('bad-input', 'What arrived isn’t what was backed up.');
  return manifest;
}

const diskCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function asRefusal(error: unknown, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (diskCodes.has(code))
    return new AccessError(
      'bad-input',
      `${target} has no room for the backup (${String(code)}). Nothing is left of it.`,
      {
        cause: error,
      },
    );
  if (code === 'ECONNRESET')
    return new AccessError('bad-input', 'The relay broke the backup off; its log says why. Nothing is left of it.', {
      cause: error,
    });
  return error;
}
