import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sha256Of } from '../packages/checksums.ts';
import { signClear, signDetached } from '../signing/sign-linux.ts';
import type { LinuxSigning } from '../signing/signing-settings.ts';

export interface AptRepositoryOptions {
  /** Folder of the repository: what earlier releases have put there stays, for a way back. */
  readonly repository: string;
  /** What people write behind the address in their list, for example `stable`. */
  readonly channel: string;
  readonly signing: LinuxSigning;
  readonly now?: Date;
}

/**
 * Adds a release's Debian packages to an apt repository, and signs what apt goes by.
 * @see https://wiki.debian.org/DebianRepository/Format
 */
export async function addToAptRepository(release: string, options: AptRepositoryOptions): Promise<void> {
  const { repository, channel, signing, now = new Date() } = options;
  const pool = join(repository, 'pool', channel);
  const suite = join(repository, 'dists', channel);
  await mkdir(pool, { recursive: true });
  for (const name of await readdir(release))
    if (name.endsWith('.deb')) await copyFile(join(release, name), join(pool, name));
  const stanzas = await stanzasOf(repository, pool);
  await rm(suite, { recursive: true, force: true });
  for (const [architecture, texts] of stanzas) {
    const folder = join(suite, `main/binary-${architecture}`);
    await mkdir(folder, { recursive: true });
    const packages = texts.join('\n');
    await writeFile(join(folder, 'Packages'), packages);
    await writeFile(join(folder, 'Packages.gz'), gzipSync(packages, { level: 9 }));
  }
  const release822 = join(suite, 'Release');
  await writeFile(release822, await releaseText(suite, channel, [...stanzas.keys()], now));
  signClear(release822, join(suite, 'InRelease'), signing);
  signDetached(release822, signing, join(suite, 'Release.gpg'));
}

/** What the packages say of themselves, with place, size and sum, by architecture. */
async function stanzasOf(repository: string, pool: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const stanzas = new Map<string, string[]>();
  for (const name of (await readdir(pool)).toSorted()) {
    const path = join(pool, name);
    const said = spawnSync('dpkg-deb', ['--field', path], { encoding: 'utf8' });
    if (said.status !== 0) throw new Error(`dpkg-deb can’t read ${name}: ${said.error?.message ?? said.stderr.trim()}`);
    const architecture = /^Architecture: (\S+)$/m.exec(said.stdout)?.[1] ?? 'all';
    const place = relative(repository, path);
    const { size } = await stat(path);
    const text = `${said.stdout.trimEnd()}\nFilename: ${place}\nSize: ${size}\nSHA256: ${await sha256Of(path)}\n`;
    stanzas.set(architecture, [...(stanzas.get(architecture) ?? []), text]);
  }
  return stanzas;
}

async function releaseText(
  suite: string,
  channel: string,
  architectures: readonly string[],
  now: Date,
): Promise<string> {
  const files = (await readdir(suite, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.startsWith('Packages'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const sums = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file);
      const sum = createHash('sha256').update(bytes).digest('hex');
      return ` ${sum} ${bytes.length} ${relative(suite, file)}\n`;
    }),
  );
  return `Origin: Causeway
Label: Causeway
Suite: ${channel}
Codename: ${channel}
Architectures: ${architectures.toSorted().join(' ')}
Components: main
Date: ${now.toUTCString().replace('GMT', 'UTC')}
SHA256:
${sums.join('')}`;
}
