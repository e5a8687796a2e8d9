import { lstat, readFile, readlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { entriesBelow } from './entries-below.ts';

/** Unix, in the “version made by” of a ZIP entry; its attributes then hold the mode. Source: APPNOTE.TXT 4.4.2. */
const madeByUnix = 3;
const kinds = { file: 0o100000, link: 0o120000 } as const;

/** The moment that all entries bear, so that the same files give the same archive. */
const moment = new Date(Date.UTC(1980, 0, 1, 12));

/** Packs all that is below a folder, with its modes and links, into a ZIP under the name that is given; links stay links. */
export async function zipFolder(folder: string, target: string, prefix = ''): Promise<void> {
  const entries = await entriesBelow(folder);
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const files: Zippable = {};
  for (const path of paths) {
    const { mode } = await lstat(path);
    const isLink = (mode & 0o170000) === kinds.link;
    const bytes = isLink ? Buffer.from(await readlink(path)) : await readFile(path);
    const kind = isLink ? kinds.link : kinds.file;
    files[prefix + relative(folder, path)] = [
      bytes,
      { os: madeByUnix, attrs: (kind | (mode & 0o777)) << 16, mtime: moment, level: 6 },
    ];
  }
  await writeFile(target, zipSync(files));
}
