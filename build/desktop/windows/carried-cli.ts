import { join } from 'node:path';
import { launcherFor } from '../../cli/launcher.ts';
import { stageCli } from '../../cli/stage-cli.ts';
import { makeProgram } from './small-program.ts';

/** Where the command line stands in the app’s directory; the installer puts its `bin` on PATH. */
export const carriedCli = 'resources/cli';

/** Puts the command line, with its own Node, into the app’s directory on Windows: that of the app runs no scripts. */
export async function carryCli(directory: string, version: string): Promise<void> {
  await stageCli(join(directory, carriedCli), { version });
}

/** The same in Windows’ layout on another system: bundle and launcher are real, in Node’s place is a small program. */
export async function carryCliInProof(directory: string, version: string): Promise<void> {
  const to = join(directory, carriedCli);
  await stageCli(to, { version, withNode: false, system: 'win' });
  const { node } = await launcherFor('win');
  makeProgram(join(to, 'lib', node));
}
