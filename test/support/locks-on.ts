import { existsSync, readFileSync, statSync } from 'node:fs';

/** Whether this system lists the locks on files. */
export const listsLocks = existsSync('/proc/locks');

/** How many locks this process has on a file, as the kernel lists them (proc_locks(5)). */
export function locksOn(path: string): number {
  const { ino } = statSync(path);
  const rows = readFileSync('/proc/locks', 'utf8').split('\n');
  return rows.filter((row) => row.includes(` ${process.pid} `) && row.includes(`:${ino} `)).length;
}
