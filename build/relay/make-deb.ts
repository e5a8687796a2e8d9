import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configPath, installedKilobytes, layOutSystem } from './lay-out-system.ts';
import type { StagedRelay } from './stage-relay.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Makes a Debian package of a staged relay; the answer is its path. */
export async function makeDeb(staged: StagedRelay, version: string, outDir: string): Promise<string> {
  const architecture = architectures[process.arch] ?? process.arch;
  const root = join(outDir, 'deb-root');
  await rm(root, { recursive: true, force: true });
  await layOutSystem(root, staged, version);
  const kilobytes = await installedKilobytes(root);
  const control = join(root, 'DEBIAN');
  await mkdir(control);
  await chmod(control, 0o755);
  await writeFile(join(control, 'md5sums'), await sumsOf(root));
  await writeFile(join(control, 'conffiles'), `${configPath}\n`);
  await writeFile(join(control, 'control'), controlText(version, architecture, kilobytes));
  for (const script of ['postinst', 'prerm', 'postrm']) {
    await cp(join(here, 'debian', script), join(control, script));
    await chmod(join(control, script), 0o755);
  }
  const target = join(outDir, `causeway-relay_${version}_${architecture}.deb`);
  const made = spawnSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', root, target], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`dpkg-deb failed: ${made.error?.message ?? made.stderr}`);
  await rm(root, { recursive: true });
  return target;
}

function controlText(version: string, architecture: string, kilobytes: number): string {
  return `Package: causeway-relay
Version: ${version}
Architecture: ${architecture}
Maintainer: The Causeway developers <developers@causeway.example>
Installed-Size: ${kilobytes}
Depends: adduser, libatomic1, libc6 (>= 2.28), libgcc-s1, libstdc++6
Section: net
Priority: optional
Description: access to internal APIs for employees, without a VPN
 The relay of Causeway stands next to internal APIs. It authenticates
 employees at the company’s identity provider, decides each request by a
 policy, records it, and forwards what is allowed. It brings its own Node.js.
`;
}

async function sumsOf(root: string): Promise<string> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
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
