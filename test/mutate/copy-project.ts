import { chmodSync, cpSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface ProjectCopy {
  readonly root: string;
  close(): void;
}

const leftOut: ReadonlySet<string> = new Set(['node_modules', '.git', '.vite', 'dist', 'out']);

/** Copies a project to a temporary folder, where its sources may be changed; the dependencies are linked. */
export function copyProject(from: string): ProjectCopy {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'causeway-mutate-')));
  // Tests start programs under other users, who must be able to read them.
  chmodSync(root, 0o755);
  cpSync(from, root, { recursive: true, filter: (path) => path === from || !leftOut.has(basename(path)) });
  const modules = join(from, 'node_modules');
  if (existsSync(modules)) symlinkSync(realpathSync(modules), join(root, 'node_modules'));
  return { root, close: () => rmSync(root, { recursive: true, force: true }) };
}
