import { spawnSync } from 'node:child_process';
import { chmod, copyFile, realpath } from 'node:fs/promises';

/**
 * Copies the Node that runs this, which the lock file pins, and on Linux takes its symbols out where there is a `strip`: they
 * are a fifth of its size, and of use to debuggers only. Elsewhere it stays as its makers have signed it.
 */
export async function copyOwnNode(target: string): Promise<void> {
  await copyFile(await realpath(process.execPath), target);
  await chmod(target, 0o755);
  if (process.platform === 'linux') spawnSync('strip', ['--strip-all', target]);
  const said = spawnSync(target, ['--version'], { encoding: 'utf8' });
  if (said.stdout?.trim() !== process.version)
    throw new Error(`The copy of Node doesn’t run: ${said.error?.message ?? said.stderr}`);
}
