import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(project, 'node_modules/.cache/causeway-packages');

/** A package of npm’s registry, and the hash of the archive that counts, as lock files have it (SRI, SHA-512). */
export interface RegistryPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/** What the lock file has of a package that npm leaves out here, as it is for another processor. @throws Error where it isn’t there */
export async function lockedPackage(name: string): Promise<RegistryPackage> {
  const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
  };
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json has no ${name}.`);
  return { name, version, integrity };
}

/**
 * Gets a package that isn’t for this computer, as npm would: from the registry or its cache, compared with its hash, without running
 * anything of it.
 * @returns the folder with its files
 * @throws Error when it isn’t what the hash says
 */
export async function fetchPackage({ name, version, integrity }: RegistryPackage): Promise<string> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'work-'));
  try {
    const archive = join(cache, `${createHash('sha256').update(`${name}@${version}`).digest('hex').slice(0, 16)}.tgz`);
    if ((await hashOf(archive)) !== integrity) {
      const words = ['pack', `${name}@${version}`, '--ignore-scripts', '--silent', '--pack-destination', work];
      await run('npm', words, { cwd: work, shell: process.platform === 'win32' });
      const [made = 'nothing'] = (await readdir(work)).filter((file) => file.endsWith('.tgz'));
      const got = await hashOf(join(work, made));
      if (got !== integrity) throw new Error(`${name}@${version} isn’t what its hash says: ${got ?? 'nothing came'}.`);
      await rename(join(work, made), archive);
    }
    const folder = archive.replace(/\.tgz$/, '');
    // Unpacked anew each time: the archive is what was compared.
    const fresh = join(work, 'package');
    await run('tar', ['-xzf', archive, '-C', work]);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function hashOf(file: string): Promise<string | null> {
  const bytes = await readFile(file).catch(() => null);
  return bytes === null ? null : `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}
