import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { entriesBelow } from './entries-below.ts';
import { installedKilobytes } from './installed-size.ts';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const maintainer = 'The Causeway developers <developers@causeway.example>';

/** What a Debian package says of itself. Source: Debian Policy, chapter 5. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly section: 'net';
  readonly depends: readonly string[];
  readonly recommends?: readonly string[];
  /** One line without a full stop. */
  readonly synopsis: string;
  /** Lines of less than 80 characters. */
  readonly description: readonly string[];
  /** Absolute paths of files that are the administrator’s. */
  readonly conffiles?: readonly string[];
  /** Maintainer scripts by name, as text. */
  readonly scripts?: Readonly<Partial<Record<'postinst' | 'prerm' | 'postrm', string>>>;
}

/**
 * Makes a Debian package of what is laid out below `root`, which is used up.
 * @returns its path
 */
export async function makeDebianPackage(about: DebianPackage, root: string, outDir: string): Promise<string> {
  const architecture = architectures[process.arch] ?? process.arch;
  const kilobytes = await installedKilobytes(root);
  const control = join(root, 'DEBIAN');
  await mkdir(control);
  await chmod(control, 0o755);
  const { conffiles = [], scripts = {} } = about;
  await writeFile(join(control, 'md5sums'), await sumsOf(root));
  if (conffiles.length > 0) await writeFile(join(control, 'conffiles'), conffiles.map((path) => `${path}\n`).join(''));
  await writeFile(join(control, 'control'), controlText(about, architecture, kilobytes));
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(control, name), text);
    await chmod(join(control, name), 0o755);
  }
  const target = join(outDir, `${about.name}_${about.version}_${architecture}.deb`);
  const made = spawnSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', root, target], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`dpkg-deb failed: ${made.error?.message ?? made.stderr}`);
  await rm(root, { recursive: true });
  return target;
}

/** The changelog that each package must hold, compressed; what changed is in another file beside it. */
export function debianChangelog(name: string, version: string): Buffer {
  const day = new Date().toUTCString().replace('GMT', '+0000');
  const text = `${name} (${version}) stable; urgency=medium\n\n  * See NEWS.gz.\n\n -- ${maintainer}  ${day}\n`;
  return gzipSync(text, { level: 9 });
}

function controlText(about: DebianPackage, architecture: string, kilobytes: number): string {
  const { recommends = [] } = about;
  return `Package: ${about.name}
Version: ${about.version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kilobytes}
Depends: ${about.depends.join(', ')}
${recommends.length > 0 ? `Recommends: ${recommends.join(', ')}\n` : ''}Section: ${about.section}
Priority: optional
Description: ${about.synopsis}
${about.description.map((line) => ` ${line}\n`).join('')}`;
}

/** Sums of all files but those below /etc, as dpkg wants them. */
async function sumsOf(root: string): Promise<string> {
  const entries = await entriesBelow(root);
  const files = entries
    .filter((entry) => entry.isFile() && entry.parentPath !== join(root, 'DEBIAN'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(root, 'etc')))
    .toSorted();
  const lines = await Promise.all(
    files.map(async (file) => {
      const sum = createHash('md5')
        .update(await readFile(file))
        .digest('hex');
      return `${sum}  ${relative(root, file)}\n`;
    }),
  );
  return lines.join('');
}
