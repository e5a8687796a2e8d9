import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Name of the list in a folder of a release; `sha256sum --check` reads it. */
export const checksumFile = 'SHA256SUMS';

/** The SHA-256 of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Writes the list of the files that are given, all of one folder. */
export async function writeChecksums(folder: string, files: readonly string[]): Promise<void> {
  const lines = await Promise.all(files.toSorted().map(async (file) => `${await sha256Of(file)}  ${basename(file)}\n`));
  await writeFile(join(folder, checksumFile), lines.join(''));
}

/** Reads the list: sums by name. @throws Error when a line isn’t one of such a list */
export async function readChecksums(folder: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(folder, checksumFile), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
      if (sum === undefined || name === undefined)
        throw new Error(`${checksumFile} has a line that is no sum: ${line}`);
      return [name, sum];
    }),
  );
}
