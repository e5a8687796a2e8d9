import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { debianChangelog } from '../packages/debian-package.ts';
import { closeToOthersWriting } from '../packages/file-modes.ts';
import type { StagedCli } from './stage-cli.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Lays a staged command line out as it is installed in a system. */
export async function layOutCli(root: string, staged: StagedCli, version: string): Promise<void> {
  const at = (path: string): string => join(root, path);
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(at(to)), { recursive: true });
    await cp(from, at(to), { recursive: true });
  };
  const share = (name: string): string => join(staged.dir, 'share', name);
  const doc = 'usr/share/doc/causeway-cli';
  await put(join(staged.dir, 'bin'), 'usr/lib/causeway-cli/bin');
  await put(join(staged.dir, 'lib'), 'usr/lib/causeway-cli/lib');
  for (const name of ['third-party-licenses.txt', 'node-license.txt', 'sbom.cdx.json', 'cli.md'])
    await put(share(name), `${doc}/${name}`);
  await put(join(here, 'debian/copyright'), `${doc}/copyright`);
  await put(join(here, 'debian/lintian-overrides'), 'usr/share/lintian/overrides/causeway-cli');
  await writeFile(at(`${doc}/changelog.gz`), debianChangelog('causeway-cli', version));
  await writeFile(at(`${doc}/NEWS.gz`), gzipSync(await readFile(share('CHANGELOG.md')), { level: 9 }));
  await mkdir(at('usr/bin'), { recursive: true });
  await symlink('../lib/causeway-cli/bin/causeway', at('usr/bin/causeway'));
  await closeToOthersWriting(root, ['lib/node', 'bin/causeway']);
}
