import { join } from 'node:path';
import { stageCli } from '../../cli/stage-cli.ts';

/** Where the command line stands in the app; what the app’s Settings put on PATH leads to its `bin/causeway`. */
export const carriedCli = 'Contents/Resources/cli';

/**
 * Puts the command line, with a Node of its own for both kinds of Mac, into the app: that of the app runs no scripts. Before the app is
 * signed, as its signature is of all that is in it.
 */
export async function carryCliOnMac(app: string, version: string): Promise<void> {
  await stageCli(join(app, carriedCli), { version, runsOn: 'macs' });
}
