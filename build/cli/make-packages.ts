import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDebianPackage } from '../packages/debian-package.ts';
import { makeRpmPackage } from '../packages/rpm-package.ts';
import { layOutCli } from './lay-out-cli.ts';
import type { StagedCli } from './stage-cli.ts';

const synopsis = 'internal APIs on this computer, from the command line';

/** Makes a Debian package of a staged command line; the answer is its path. */
export async function makeCliDeb(staged: StagedCli, version: string, outDir: string): Promise<string> {
  const root = join(outDir, 'cli-deb-root');
  await rm(root, { recursive: true, force: true });
  await layOutCli(root, staged, version);
  return makeDebianPackage(
    {
      name: 'causeway-cli',
      version,
      section: 'net',
      depends: ['libatomic1', 'libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6'],
      recommends: ['ca-certificates', 'xdg-utils'],
      synopsis,
      description: [
        'The command line of Causeway signs in with the company’s account and gives',
        'each internal API that the person may use a local address. It brings its own',
        'Node.js, and works with the desktop app or without it.',
      ],
    },
    root,
    outDir,
  );
}

/** Makes an RPM of a staged command line; null where there is no `rpmbuild`. */
export function makeCliRpm(staged: StagedCli, version: string, outDir: string): Promise<string | null> {
  return makeRpmPackage(
    {
      name: 'causeway-cli',
      version,
      summary: 'Internal APIs on this computer, from the command line',
      description: [
        'The command line of Causeway signs in with the company’s account and gives',
        'each internal API that the person may use a local address. It brings its own',
        'Node.js, and works with the desktop app or without it.',
      ],
      requires: ['glibc >= 2.28', 'libstdc++', 'libgcc', 'libatomic'],
      files: ['/usr/bin/causeway', '/usr/lib/causeway-cli', '%doc /usr/share/doc/causeway-cli'],
    },
    async (root) => {
      await layOutCli(root, staged, version);
      await rm(join(root, 'usr/share/lintian'), { recursive: true });
    },
    outDir,
  );
}
