import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AddOnsFor, keychainAddOns, stageAddOns, webSocketAddOns } from '../packages/add-ons.ts';
import { billOfMaterials } from '../packages/bill-of-materials.ts';
import { bundleProgram, type ProgramBundle } from '../packages/bundle-program.ts';
import { writeMacNode } from '../packages/mac-node.ts';
import { copyOwnNode } from '../packages/own-node.ts';
import { librariesOf, thirdPartyText } from '../packages/third-party.ts';
import { launcherFor, type SystemName, systemName } from './launcher.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Native add-ons that libraries use when present and do without otherwise. */
export const cliAddOns = ['bufferutil', 'utf-8-validate', 'koffi/indirect', '@napi-rs/keyring'];

export interface StageCliOptions {
  /** What it calls itself. */
  readonly version: string;
  /** Without its own Node, for tests of the bundle alone. */
  readonly withNode?: boolean;
  /** Whose launcher it has; this system’s, unless told otherwise. */
  readonly system?: SystemName;
  /** Whose Node and add-ons it has; with `macs` it runs on both kinds of Mac, on whatever system it is laid out. */
  readonly runsOn?: AddOnsFor;
}

/** What stands in a staged folder. */
export interface StagedCli {
  readonly dir: string;
  /** The command, which finds all else from where it is. */
  readonly command: string;
  readonly bundle: ProgramBundle;
}

/**
 * Lays out a command line that needs nothing but the C library: `bin/causeway` (`causeway.cmd` on Windows), `lib/` with Node, the bundle and add-ons,
 * `share/` with its page, licences and a list of what is inside.
 */
export async function stageCli(
  dir: string,
  { version, withNode = true, runsOn = 'here', system = runsOn === 'macs' ? 'mac' : systemName() }: StageCliOptions,
): Promise<StagedCli> {
  await rm(dir, { recursive: true, force: true });
  const lib = join(dir, 'lib');
  const share = join(dir, 'share');
  await Promise.all([mkdir(join(dir, 'bin'), { recursive: true }), mkdir(share, { recursive: true })]);
  const bundle = await bundleProgram({
    root: join(project, 'client'),
    input: { main: join(project, 'client/cli.ts') },
    addOns: cliAddOns,
    outDir: join(lib, 'cli'),
    version,
  });
  const manifest = { name: 'causeway-cli', version, type: 'module' };
  await writeFile(join(lib, 'cli/package.json'), `${JSON.stringify(manifest)}\n`);
  const wanted = [...webSocketAddOns(runsOn), ...keychainAddOns(runsOn)];
  const addOns = await stageAddOns(join(lib, 'cli/node_modules'), wanted, runsOn);
  const launcher = await launcherFor(system);
  if (withNode) await (runsOn === 'macs' ? writeMacNode : copyOwnNode)(join(lib, launcher.node));

  const command = join(dir, 'bin', launcher.name);
  await writeFile(command, launcher.text);
  await chmod(command, 0o755);
  const libraries = librariesOf([...bundle.sources, ...addOns]);
  await Promise.all([
    writeFile(join(share, 'third-party-licenses.txt'), thirdPartyText('Causeway’s command line', libraries)),
    writeFile(join(share, 'sbom.cdx.json'), await billOfMaterials('causeway-cli', version, libraries)),
    cp(join(project, 'build/packages/node-license.txt'), join(share, 'node-license.txt')),
    cp(join(project, 'LICENSE'), join(share, 'LICENSE')),
    cp(join(project, 'CHANGELOG.md'), join(share, 'CHANGELOG.md')),
    cp(join(project, 'docs/cli.md'), join(share, 'cli.md')),
  ]);
  return { dir, command, bundle };
}
