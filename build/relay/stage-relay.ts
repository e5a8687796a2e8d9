import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { consoleModules } from '../build-console.ts';
import { relayNodeFlags } from '../../relay/start/node-flags.mjs';
import { stageAddOns, webSocketAddOns } from '../packages/add-ons.ts';
import { bundleRelay } from './bundle-relay.ts';
import type { ProgramBundle } from '../packages/bundle-program.ts';
import { copyOwnNode } from '../packages/own-node.ts';
import { billOfMaterials } from '../packages/bill-of-materials.ts';
import { librariesOf, thirdPartyText } from '../packages/third-party.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const console = join(project, '.vite/console');

export interface StageOptions {
  /** What it calls itself. */
  readonly version: string;
  /** Without its own Node, for tests of the bundle alone. */
  readonly withNode?: boolean;
}

/** What stands in a staged folder. */
export interface StagedRelay {
  readonly dir: string;
  /** The command, which finds all else from where it is. */
  readonly command: string;
  readonly hasConsole: boolean;
  readonly bundle: ProgramBundle;
}

/**
 * Lays out a relay that needs nothing but the C library: `bin/causeway-relay`, `lib/` with Node, the bundle, add-ons and the
 * console’s pages where they are built, `share/` with docs, examples, licences and a list of what is inside.
 */
export async function stageRelay(dir: string, { version, withNode = true }: StageOptions): Promise<StagedRelay> {
  await rm(dir, { recursive: true, force: true });
  const lib = join(dir, 'lib');
  const share = join(dir, 'share');
  await Promise.all([mkdir(join(dir, 'bin'), { recursive: true }), mkdir(share, { recursive: true })]);
  const bundle = await bundleRelay(join(lib, 'relay'), version);
  await writeFile(
    join(lib, 'relay/package.json'),
    `${JSON.stringify({ name: 'causeway-relay', version, type: 'module' })}\n`,
  );
  const addOns = await stageAddOns(join(lib, 'relay/node_modules'), webSocketAddOns());
  const hasConsole = existsSync(console);
  if (hasConsole) await cp(console, join(lib, 'relay/console-files'), { recursive: true });
  if (withNode) await copyOwnNode(join(lib, 'node'));

  const command = join(dir, 'bin/causeway-relay');
  const launcher = await readFile(join(here, 'launcher.sh'), 'utf8');
  await writeFile(command, launcher.replace('@FLAGS@', relayNodeFlags.join(' ')));
  await chmod(command, 0o755);

  const libraries = librariesOf([...bundle.sources, ...addOns, ...(hasConsole ? await consoleModules() : [])]);
  await Promise.all([
    writeFile(join(share, 'third-party-licenses.txt'), thirdPartyText('Causeway’s relay', libraries)),
    writeFile(join(share, 'sbom.cdx.json'), await billOfMaterials('causeway-relay', version, libraries)),
    cp(join(project, 'build/packages/node-license.txt'), join(share, 'node-license.txt')),
    cp(join(project, 'LICENSE'), join(share, 'LICENSE')),
    cp(join(project, 'CHANGELOG.md'), join(share, 'CHANGELOG.md')),
    cp(join(here, 'relay.yaml'), join(share, 'relay.yaml')),
    cp(join(project, 'deploy/systemd/causeway-relay.service'), join(share, 'systemd/causeway-relay.service')),
    cp(join(project, 'deploy/grafana'), join(share, 'grafana'), { recursive: true }),
    cp(join(project, 'deploy/prometheus'), join(share, 'prometheus'), { recursive: true }),
    cp(join(project, 'deploy/container/is-healthy.mjs'), join(lib, 'is-healthy.mjs')),
    stageDocs(join(share, 'docs')),
  ]);
  return { dir, command, hasConsole, bundle };
}

/** The pages without the pictures of the app, which are larger than all of the relay’s words. */
async function stageDocs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = await readdir(join(project, 'docs'), { withFileTypes: true });
  for (const file of files.filter((each) => each.isFile()))
    await cp(join(project, 'docs', file.name), join(folder, file.name));
}
