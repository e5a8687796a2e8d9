import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandPlace, macCommandPlace, readCommandLink } from '../command-link/read-command-link.ts';
import type { CommandLink } from '../../shared/command-link.ts';

/**
 * What `doctor` says of the command’s link on macOS; it is no fault to have none. Null on other systems and for a command line that
 * isn’t laid out as its packages are.
 * @param node its own Node, in `lib` beside `bin`
 */
export function commandOnPath(
  platform: NodeJS.Platform,
  node: string,
  place: CommandPlace = macCommandPlace,
): { readonly shown: Omit<CommandLink, 'problem'>; readonly line: string } | null {
  const command = join(dirname(node), '../bin/causeway');
  if (platform !== 'darwin' || !existsSync(command)) return null;
  const { problem: _, ...shown } = readCommandLink(place, command);
  return { shown, line: lineOf(shown) };
}

function lineOf({ link, state, isFolderOnPath }: Omit<CommandLink, 'problem'>): string {
  switch (state.status) {
    case 'ours':
      return isFolderOnPath
        ? `✓ Command on PATH: ${link} leads to this one.`
        : `– Command on PATH: ${link} leads to this one, but /etc/paths doesn’t list its folder.`;
    case 'homebrew':
      return `✓ Command on PATH: by Homebrew (${state.at}).`;
    case 'other-copy':
      return `– Command on PATH: ${link} leads to another one (${state.target}).`;
    case 'gone':
      return `✗ Command on PATH: ${link} leads to an app that isn’t there any more (${state.target}). The app’s Settings put it right.`;
    case 'foreign':
      return `– Command on PATH: ${link} is another program’s${state.target === null ? '' : ` (${state.target})`}.`;
    case 'none':
    case 'not-installed':
      return '– Command on PATH: not yet; the app’s Settings put it there.';
  }
}
