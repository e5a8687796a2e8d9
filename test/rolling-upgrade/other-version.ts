import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The relay of another commit of this repository, beside its own. */
export interface OtherVersion {
  readonly mainPath: string;
  /** Its commit, and what it did, in a line. */
  readonly name: string;
  close(): void;
}

const git = (...words: readonly string[]): Buffer =>
  execFileSync('git', words, { cwd: project, maxBuffer: 512 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] });

/** The newest release before this commit, or, where there is none, the commit before it. */
export function formerVersion(): string {
  try {
    return git('describe', '--tags', '--abbrev=0', 'HEAD^').toString().trim();
  } catch {
    // Nothing was released so far.
    return 'HEAD^';
  }
}

/** Lays out the sources of a commit, with the libraries that are installed here. */
export function openOtherVersion(commit: string): OtherVersion {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-version-'));
  try {
    const sources = join(folder, 'sources');
    mkdirSync(sources);
    const archive = git('archive', commit, 'relay', 'shared', 'package.json');
    execFileSync('tar', ['--extract', '--directory', sources], { input: archive });
    symlinkSync(join(project, 'node_modules'), join(sources, 'node_modules'));
    return {
      mainPath: join(sources, 'relay/start/main.ts'),
      name: git('log', '-1', '--format=%h (%s)', commit).toString().trim(),
      close: () => rmSync(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
