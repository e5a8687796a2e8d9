import { readFile } from 'node:fs/promises';

/** How a system is called in the names of files. */
export type SystemName = 'linux' | 'mac' | 'win';

/** This system, as the app’s installers call it, too. */
export function systemName(platform: NodeJS.Platform = process.platform): SystemName {
  if (platform === 'win32') return 'win';
  return platform === 'darwin' ? 'mac' : 'linux';
}

/** What starts the command line from wherever its folder is, and what its own Node is called there. */
export async function launcherFor(
  system: SystemName,
): Promise<{ readonly name: string; readonly text: string; readonly node: string }> {
  const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');
  if (system !== 'win') return { name: 'causeway', text: await read('launcher.sh'), node: 'node' };
  // Windows’ shell misreads jumps in a file whose lines end otherwise.
  const text = (await read('launcher.cmd')).replaceAll(/\r?\n/g, '\r\n');
  return { name: 'causeway.cmd', text, node: 'node.exe' };
}
