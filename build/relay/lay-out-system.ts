import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { debianChangelog } from '../packages/debian-package.ts';
import { closeToOthersWriting } from '../packages/file-modes.ts';
import type { StagedRelay } from './stage-relay.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Where packages of a system put the configuration; it is the administrator’s, and upgrades leave it alone. */
export const configPath = '/etc/causeway/relay.yaml';

/** Lays a staged relay out as it is installed in a system: `/usr/lib`, `/usr/bin`, `/etc`, the unit, and docs. */
export async function layOutSystem(root: string, staged: StagedRelay, version: string): Promise<void> {
  const at = (path: string): string => join(root, path);
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(at(to)), { recursive: true });
    await cp(from, at(to), { recursive: true });
  };
  const share = (name: string): string => join(staged.dir, 'share', name);
  const doc = 'usr/share/doc/causeway-relay';
  await put(join(staged.dir, 'bin'), 'usr/lib/causeway-relay/bin');
  await put(join(staged.dir, 'lib'), 'usr/lib/causeway-relay/lib');
  await put(share('relay.yaml'), configPath.slice(1));
  await put(share('systemd/causeway-relay.service'), 'lib/systemd/system/causeway-relay.service');
  await put(share('docs'), doc);
  await put(share('relay.yaml'), `${doc}/examples/relay.yaml`);
  for (const name of ['grafana', 'prometheus']) await put(share(name), `usr/share/causeway-relay/${name}`);
  for (const name of ['third-party-licenses.txt', 'node-license.txt', 'sbom.cdx.json'])
    await put(share(name), `${doc}/${name}`);
  await put(join(here, 'debian/copyright'), `${doc}/copyright`);
  await put(join(here, 'debian/lintian-overrides'), 'usr/share/lintian/overrides/causeway-relay');
  await writeFile(at(`${doc}/changelog.gz`), debianChangelog('causeway-relay', version));
  await writeFile(at(`${doc}/NEWS.gz`), gzipSync(await readFile(share('CHANGELOG.md')), { level: 9 }));
  await mkdir(at('usr/bin'), { recursive: true });
  await symlink('../lib/causeway-relay/bin/causeway-relay', at('usr/bin/causeway-relay'));
  await closeToOthersWriting(root, ['lib/node', 'bin/causeway-relay']);
}
