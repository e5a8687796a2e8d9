import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The user that PostgreSQL’s programs run as; undefined for the one of this process. */
export type ClusterUser = { readonly uid: number; readonly gid: number } | undefined;

export const clusterPassword = 'test-password';

/**
 * Puts the files of an empty PostgreSQL into `data`, which mustn’t exist. `initdb` takes a second of processor time, so it
 * runs once for each version and is kept for all servers that follow.
 */
export function copyCluster(programs: string, data: string, user: ClusterUser): void {
  const version = spawnSync(join(programs, 'initdb'), ['--version'], { encoding: 'utf8' }).stdout;
  const name = version.replaceAll(/[^\w.]+/g, '-').slice(0, 60);
  const kept = join(tmpdir(), `causeway-${name}${user?.uid ?? process.getuid?.() ?? 'user'}`);
  if (!existsSync(kept)) keepCluster(programs, kept, user);
  if (user === undefined) {
    cpSync(join(kept, 'data'), data, { recursive: true });
    return;
  }
  const { status, stderr } = spawnSync('cp', ['-a', join(kept, 'data'), data], { ...user, cwd: '/', encoding: 'utf8' });
  if (status !== 0) throw new Error(`The files of PostgreSQL can’t be copied: ${stderr}`);
}

function keepCluster(programs: string, kept: string, user: ClusterUser): void {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-initdb-'));
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')];
  writeFileSync(passwordFile, clusterPassword);
  for (const path of [folder, passwordFile]) if (user !== undefined) chownSync(path, user.uid, user.gid);
  const initdb = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '-N'],
    { ...user, cwd: folder, encoding: 'utf8' },
  );
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  try {
    renameSync(folder, kept);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(kept)) throw error;
  }
}
