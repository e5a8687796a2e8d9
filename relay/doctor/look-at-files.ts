import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import type { Patient } from './patient.ts';

const othersBits = 0o007;
const groupBits = 0o070;
/** Read by nobody but the relay, whatever group may read the audit. */
const isKey = (name: string): boolean => /(?:key|secret|identity).*\.(?:pem|json)$/.test(name);

/** Whether the data folder and what is in it is the relay’s user’s alone; files that the config names it has checked itself. */
export function lookAtFiles({ loaded }: Patient): readonly Look[] {
  const { data } = loaded.config.relay;
  if (process.platform === 'win32')
    return [skipped('', 'Modes say nothing on Windows; look at the folder’s access list.')];
  const folder = statSync(data, { throwIfNoEntry: false });
  if (folder === undefined) return [skipped(data, 'The data folder isn’t there yet; the relay makes it, mode 0700.')];
  const readers = loaded.config.audit.reader_group !== undefined;
  const faults = [
    ...faultsOf(data, data, folder, folder.uid, readers),
    ...entriesOf(data).flatMap(({ name }) => {
      const path = join(data, name);
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? [] : faultsOf(path, name, found, folder.uid, readers);
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

function faultsOf(path: string, name: string, found: Stats, owner: number, readers: boolean): Look[] {
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  const safe = found.isDirectory() ? '0700' : '0600';
  const isOpen = (found.mode & othersBits) !== 0 || ((found.mode & groupBits) !== 0 && (isKey(name) || !readers));
  const faults: Look[] = [];
  if (isOpen)
    faults.push(
      failure(path, `Its mode is ${mode}: others on this system can get at it.`, `Run: chmod ${safe} ${path}`),
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
