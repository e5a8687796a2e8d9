import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';

const keptMs = 300_000;

/** Names users of the operating system by their ids; one without an entry, as in a container, keeps the number. */
export function userNames(): (uid: number) => Promise<string> {
  const names = new LRUCache<number, Promise<string>>({ max: 1000, ttl: keptMs });
  return (uid) => {
    const known = names.get(uid);
    if (known !== undefined) return known;
    const name = nameOf(uid);
    names.set(uid, name);
    return name;
  };
}

async function nameOf(uid: number): Promise<string> {
  return nameIn(await readUsers(), uid) ?? nameIn(await askSystem(uid), uid) ?? `uid ${uid}`;
}

/** Lines of `name:password:uid:gid:…`, as passwd(5) says. */
function nameIn(lines: string, uid: number): string | null {
  const fields = lines
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , id]) => id === String(uid));
  return fields?.[0] === undefined || fields[0] === '' ? null : fields[0];
}

async function readUsers(): Promise<string> {
  try {
    return await readFile('/etc/passwd', 'utf8');
  } catch {
    // A system that keeps its users elsewhere.
    return '';
  }
}

/** Users of a directory, such as LDAP, and of macOS are not in the file. */
async function askSystem(uid: number): Promise<string> {
  const run = promisify(execFile);
  try {
    if (process.platform !== 'darwin') return (await run('getent', ['passwd', String(uid)], { timeout: 5000 })).stdout;
    const { stdout } = await run('/usr/bin/id', ['-nu', String(uid)], { timeout: 5000 });
    return `${stdout.trim()}::${uid}:`;
  } catch {
    return '';
  }
}
