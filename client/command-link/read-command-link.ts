import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CommandLink, CommandLinkState } from '../../shared/command-link.ts';

/** Where a system keeps everybody’s commands, and what it puts on PATH. */
export interface CommandPlace {
  readonly link: string;
  /** Folder of the apps that everybody has: what lies elsewhere, a person can replace, and everybody’s command would lead there. */
  readonly apps: string;
  /** Where Homebrew would have put the command. */
  readonly homebrew: string;
  /** Files and folders of files that list PATH, a folder a line (path_helper(8)). */
  readonly pathLists: readonly string[];
}

/** macOS’ own places. Homebrew’s is that of Apple’s processors; on Intel’s it is the same as the system’s. */
export const macCommandPlace: CommandPlace = {
  link: '/usr/local/bin/causeway',
  apps: '/Applications',
  homebrew: '/opt/homebrew/bin/causeway',
  pathLists: ['/etc/paths', '/etc/paths.d'],
};

/** The command line inside an app’s bundle. */
export const commandInApp = 'Contents/Resources/cli/bin/causeway';

/** Looks at what is there now. @param command the command line of this app */
export function readCommandLink(place: CommandPlace, command: string): CommandLink {
  return { link: place.link, state: stateOf(place, command), isFolderOnPath: isOnPath(place), problem: null };
}

function stateOf(place: CommandPlace, command: string): CommandLinkState {
  const { link, homebrew } = place;
  const stats = lstatSync(link, { throwIfNoEntry: false });
  if (stats === undefined) {
    if (existsSync(homebrew)) return { status: 'homebrew', at: homebrew };
    return canLast(place, command) ? { status: 'none' } : { status: 'not-installed' };
  }
  if (!stats.isSymbolicLink()) return { status: 'foreign', target: null };
  const target = readlinkSync(link);
  const path = resolve(dirname(link), target);
  if (isSameFile(path, command)) return { status: 'ours' };
  if (!path.endsWith(`.app/${commandInApp}`)) return { status: 'foreign', target };
  return { status: existsSync(path) ? 'other-copy' : 'gone', target };
}

function isSameFile(one: string, other: string): boolean {
  if (one === other) return existsSync(one);
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    // One of them isn’t there, or can’t be looked at: so they are two.
    return false;
  }
}

/** What runs from a disk image, a person’s own folder, or where macOS moved it for this one run (App Translocation), may be another the next time. */
export function canLast({ apps }: CommandPlace, command: string): boolean {
  return command.startsWith(`${apps}/`);
}

function isOnPath({ link, pathLists }: CommandPlace): boolean {
  return pathLists
    .flatMap(filesOf)
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .some((line) => line.trim() === dirname(link));
}

function filesOf(path: string): readonly string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(path, name));
}
