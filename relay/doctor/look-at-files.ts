import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { auditFiles } from '../audit/audit-files.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import type { Patient } from './patient.ts';

const othersBits = 0o007;
const groupBits = 0o070;
/** Enters a folder, not lists it. */
const enterBit = 0o010;
const connectBits = 0o060;
const readBits = 0o044;
/** Read by nobody but the relay, whatever group may read the audit. */
const isKey = (name: string): boolean => /(?:key|secret|identity).*\.(?:pem|json)$/.test(name);

/** Groups of the system that the config gives something to. */
interface Groups {
  /** Whether one reads the audit (`audit.reader_group`). */
  readonly readers: boolean;
  /** Whether one uses the operators’ socket (`admin.socket_group`). */
  readonly operators: boolean;
}

/**
 * Whether the data folder and what is in it is the relay’s user’s alone, but for what groups of the config may; files that
 * the config names it has checked itself.
 */
export function lookAtFiles({ loaded }: Patient, socketName: string): readonly Look[] {
  const { data } = loaded.config.relay;
  if (process.platform === 'win32')
    return [skipped('', 'Modes say nothing on Windows; look at the folder’s access list.')];
  const folder = statSync(data, { throwIfNoEntry: false });
  if (folder === undefined) return [skipped(data, 'The data folder isn’t there yet; the relay makes it, mode 0700.')];
  const groups = {
    readers: loaded.config.audit.reader_group !== undefined,
    operators: loaded.config.admin?.socket_group !== undefined,
  };
  const faults = [
    ...faultsOf(data, folder, folder.uid, ofReaders(groups, data) | (groups.operators ? enterBit : 0)),
    ...entriesOf(data).flatMap(({ name }) => {
      const path = join(data, name);
      const found = statSync(path, { throwIfNoEntry: false });
      const ofSocket = groups.operators && name === socketName ? connectBits : 0;
      // It holds nothing: it only says that somebody writes.
      const ofLock = name === basename(auditFiles(data).lock) ? readBits : 0;
      return found === undefined ? [] : faultsOf(path, found, folder.uid, ofReaders(groups, name) | ofSocket | ofLock);
    }),
  ];
  const user = process.geteuid?.() ?? 0;
  if (user !== 0 && user !== folder.uid)
    faults.push(
      warning(
        data,
        `The data folder belongs to user ${folder.uid}, and this is user ${user}.`,
        'Run the doctor as the relay’s user: it then sees what the relay sees.',
      ),
    );
  return faults.length > 0 ? faults : [fine(data, 'The data folder and its files are closed to others.')];
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Whose folder it is, is told besides.
    return [];
  }
}

function ofReaders({ readers }: Groups, name: string): number {
  return readers && !isKey(name) ? groupBits : 0;
}

const written = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');

/** @param allowed bits of the group and of others that may be set */
function faultsOf(path: string, found: Stats, owner: number, allowed: number): Look[] {
  const faults: Look[] = [];
  if ((found.mode & (othersBits | groupBits) & ~allowed) !== 0)
    faults.push(
      failure(
        path,
        `Its mode is ${written(found.mode)}: others on this system can get at it.`,
        `Run: chmod ${written((found.isDirectory() ? 0o700 : 0o600) | (found.mode & allowed))} ${path}`,
      ),
    );
  if (found.uid !== owner)
    faults.push(
      failure(
        path,
        `It belongs to user ${found.uid}, the data folder to user ${owner}.`,
        `Run: chown ${owner} ${path}. Run commands of the relay as its user.`,
      ),
    );
  return faults;
}
