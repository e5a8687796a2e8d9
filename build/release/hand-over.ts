import { execFile } from 'node:child_process';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checksumFile, readChecksums, sha256Of, writeChecksums } from '../packages/checksums.ts';

const run = promisify(execFile);

/** Where packaging leaves what somebody else signs, below the folder of what is made. */
export const handedFolder = 'handed';

/** Puts files there that are whole but for a signature. @returns where they are then */
export async function moveToHandOver(out: string, files: readonly string[]): Promise<readonly string[]> {
  const folder = join(out, handedFolder);
  await mkdir(folder, { recursive: true });
  for (const file of files) await rename(file, join(folder, basename(file)));
  return files.map((file) => join(folder, basename(file)));
}

/** Packs a folder, with modes and links, which a CI’s store of files keeps none of. */
export async function packFolder(folder: string, archive: string): Promise<void> {
  await mkdir(dirname(archive), { recursive: true });
  // Relative: some `tar` of Windows take what is before a colon for a computer.
  await run('tar', ['-cf', basename(archive), '-C', dirname(folder), basename(folder)], { cwd: dirname(archive) });
}

/** Unpacks such a folder. @returns where it is then. @throws Error when there isn’t exactly one in it */
export async function unpackFolder(archive: string, into: string): Promise<string> {
  await mkdir(into, { recursive: true });
  await run('tar', ['-xf', basename(archive), '-C', into], { cwd: dirname(archive) });
  const [name, ...others] = await readdir(into);
  if (name === undefined || others.length > 0) throw new Error(`${basename(archive)} isn’t one folder.`);
  return join(into, name);
}

/** Writes the sums of what is handed over. @returns the sum of that list, which goes another way than the files */
export async function sealHandOver(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name !== checksumFile);
  if (names.length === 0) throw new Error(`There is nothing in ${folder} to hand over.`);
  await writeChecksums(
    folder,
    names.map((name) => join(folder, name)),
  );
  return sha256Of(join(folder, checksumFile));
}

/**
 * Looks whether what came is what was handed over, to the byte and to the file.
 * @returns the files
 * @throws Error with what is wrong
 */
export async function openHandOver(folder: string, seal: string): Promise<readonly string[]> {
  if ((await sha256Of(join(folder, checksumFile))) !== seal)
    throw new Error(`The list of what was handed over (${checksumFile}) isn’t the one that was sealed.`);
  const sums = await readChecksums(folder);
  const names = (await readdir(folder)).filter((name) => name !== checksumFile);
  const unlisted = names.filter((name) => !sums.has(name));
  if (unlisted.length > 0) throw new Error(`${unlisted.join(', ')} wasn’t handed over.`);
  for (const [name, sum] of sums) {
    if (!names.includes(name)) throw new Error(`${name} was handed over, and is missing.`);
    if ((await sha256Of(join(folder, name))) !== sum) throw new Error(`${name} isn’t what was handed over.`);
  }
  return names.toSorted().map((name) => join(folder, name));
}
