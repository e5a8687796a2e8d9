import { chmodSync, chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { groupIdOf } from '../storage/group-id.ts';

/** Enters the folder, not lists it. */
const enter = 0o010;

/**
 * Lets the members of a group of the system connect to a socket: they may pass through its folder, where all else stays as private
 * as it is.
 * @throws AccessError `bad-config` when there is no such group, or they can't be given to it
 */
export function letGroupConnect(path: string, group: string): void {
  const gid = groupIdOf(group);
  if (gid === undefined)
    throw new AccessError(
      'bad-config',
      `admin.socket_group: this system has no group “${group}”. Make it, or name another one.`,
    );
  const folder = dirname(path);
  try {
    const { gid: before, mode } = statSync(folder);
    if (before !== gid) chownSync(folder, -1, gid);
    // chown(2) takes the bit away by which a folder passes its group on.
    chmodSync(folder, (mode & 0o7777) | enter);
    chownSync(path, -1, gid);
    chmodSync(path, 0o660);
  } catch (error) {
    const message = `admin.socket_group: ${path} can’t be given to the group “${group}” (${String(error)}). Make the relay’s user a member of it.`;
    throw new AccessError('bad-config', message, { cause: error });
  }
}
