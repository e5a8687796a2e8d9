import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saysUnsigned } from '../signing/finish-files.ts';
import { signDetached } from '../signing/sign-linux.ts';
import type { LinuxSigning } from '../signing/signing-settings.ts';

export interface RpmRepositoryOptions {
  /** Folder of the repositories: what earlier releases have put there stays, for a way back. */
  readonly repository: string;
  /** A folder of it, and a repository of its own, for example `stable`. */
  readonly channel: string;
  readonly signing: LinuxSigning;
}

/**
 * Adds a release's RPMs to a repository by `createrepo_c`, and signs what dnf and zypper go by.
 * @returns the repository's folder
 * @throws Error when an RPM is unsigned, or there is none
 */
export async function addToRpmRepository(release: string, options: RpmRepositoryOptions): Promise<string> {
  const folder = join(options.repository, options.channel);
  const names = (await readdir(release)).filter((name) => name.endsWith('.rpm'));
  const unsigned = names.filter(saysUnsigned);
  if (unsigned.length > 0) throw new Error(`${unsigned.join(', ')}: what a repository offers is signed.`);
  if (names.length === 0) throw new Error(`There is no RPM in ${release}.`);
  await mkdir(folder, { recursive: true });
  for (const name of names) await copyFile(join(release, name), join(folder, name));
  const made = spawnSync('createrepo_c', ['--quiet', '--update', folder], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`createrepo_c failed: ${made.error?.message ?? made.stderr.trim()}`);
  const index = join(folder, 'repodata/repomd.xml');
  await rm(`${index}.asc`, { force: true });
  signDetached(index, options.signing);
  return folder;
}
