import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Number of a group of the operating system, by its name or number; undefined when there is none. */
export function groupIdOf(group: string): number | undefined {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  return idIn(readGroups(), group) ?? idIn(askSystem(group), group);
}

/** Lines of `name:password:number:members`, as group(5) says. */
function idIn(lines: string, group: string): number | undefined {
  const line = lines.split('\n').find((each) => each.startsWith(`${group}:`));
  const id = line?.split(':')[2];
  return id !== undefined && /^\d+$/.test(id) ? Number(id) : undefined;
}

function readGroups(): string {
  try {
    return readFileSync('/etc/group', 'utf8');
  } catch {
    // A system that keeps its groups elsewhere.
    return '';
  }
}

/** Groups of a directory, such as LDAP, are not in the file. */
function askSystem(group: string): string {
  try {
    return execFileSync('getent', ['group', group], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
