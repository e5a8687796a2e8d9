import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launcherFor } from '../cli/launcher.ts';
import { macProcessors, slicesOf } from '../packages/mach-o.ts';
import { wrongNotices } from './verify-notices.ts';

/**
 * Looks at the command line that an app for Windows or macOS carries: launcher, Node, version, licences, and on macOS whether Node is
 * there for both kinds of processors.
 * @returns what is wrong, in sentences; empty when all is well
 */
export async function wrongCarriedCli(
  folder: string,
  version: string,
  system: 'win' | 'mac',
): Promise<readonly string[]> {
  const { name, node } = await launcherFor(system);
  const needed = [`bin/${name}`, `lib/${node}`, 'lib/cli/main.js', 'lib/cli/package.json'];
  const missing = needed.filter((path) => !existsSync(join(folder, path)));
  if (missing.length > 0) return [`The command line inside lacks ${missing.join(', ')}.`];
  const said = JSON.parse(await readFile(join(folder, 'lib/cli/package.json'), 'utf8')) as {
    readonly version?: string;
  };
  const lacking = system === 'mac' ? await processorsWithout(join(folder, 'lib', node)) : [];
  const notices = await wrongNotices(join(folder, 'share'));
  return [
    ...(said.version === version ? [] : [`The command line inside calls itself ${said.version}, not ${version}.`]),
    ...(lacking.length === 0 ? [] : [`The command line’s Node isn’t for ${lacking.join(', ')}.`]),
    ...notices.map((problem) => `The command line inside: ${problem}`),
  ];
}

async function processorsWithout(program: string): Promise<readonly string[]> {
  const there = slicesOf(await readFile(program)).map(({ processor }) => processor);
  return macProcessors.filter((processor) => !there.includes(processor));
}
