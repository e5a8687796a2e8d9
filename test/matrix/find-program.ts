import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Whether a program is on PATH, or a module (`python3:NAME`) can be imported by Debian’s Python. */
export function hasProgram(needs: string): boolean {
  const [python, module] = needs.split(':');
  if (python === 'python3' && module !== undefined) {
    return spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
  }
  if (isAbsolute(needs)) return existsSync(needs);
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, needs)));
}

/** Installs Debian packages where that can be done, quietly; tells whether it could. */
export function installDebianPackages(names: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  spawnSync('apt-get', ['update', '-qq'], quiet);
  return spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet).status === 0;
}

interface Needing {
  readonly needs: readonly string[];
  readonly debian: readonly string[];
}

/** Installs what rows of the matrix need where it can, and tells apart those that can run from the others. */
export function installMissing<Row extends Needing>(rows: readonly Row[]): { present: Row[]; missing: Row[] } {
  const canRun = ({ needs }: Row): boolean => needs.every(hasProgram);
  for (const row of rows) if (!canRun(row)) installDebianPackages(row.debian);
  return { present: rows.filter(canRun), missing: rows.filter((row) => !canRun(row)) };
}
