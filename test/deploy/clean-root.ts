import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../node_modules/.cache/causeway-clean-root', import.meta.url));

/** A Debian of its own in a folder, with nothing but what every Debian has. */
export interface CleanRoot {
  readonly path: string;
  /** Runs a command in it as root and gives what it wrote; throws with it when it fails. */
  run(...command: readonly string[]): string;
  /** Its exit code and words, whatever they are. */
  try(...command: readonly string[]): { readonly code: number | null; readonly words: string };
  /** Starts a command as a user of it; each line that it writes is told. */
  start(user: string, command: readonly string[], onLine: (line: string) => void): StartedInRoot;
  /** All files, links and folders, but those that package managers keep for themselves. */
  files(): readonly string[];
  close(): void;
}

export interface StartedInRoot {
  signal(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
}

/** Also what commands keep for whoever runs them. */
const managersOwn = /^\/(?:root|var\/(?:lib\/(?:dpkg|apt|systemd\/deb-systemd-helper-\w+)|cache|log)|proc|tmp|run)\//;
const managersFiles = /^\/etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-?$|^\/etc\/\.pwd\.lock$/;

function must(command: string, ...rest: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, rest, {
    encoding: 'utf8',
    env: { ...inRootEnv(), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${command} ${rest.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`);
  return stdout;
}

/** Nothing of this machine but how it reaches Debian’s archive. */
function inRootEnv(): NodeJS.ProcessEnv {
  const proxies = Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name));
  return { ...Object.fromEntries(proxies), PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
}

/** Copies a clean root, which `debootstrap` makes the first time; takes Linux, root and Debian’s archive. */
export function openCleanRoot(path: string, release = 'bookworm'): CleanRoot {
  const base = join(cache, release);
  if (!existsSync(base)) {
    mkdirSync(cache, { recursive: true });
    rmSync(`${base}.work`, { recursive: true, force: true });
    must('debootstrap', '--variant=minbase', release, `${base}.work`);
    renameSync(`${base}.work`, base);
  }
  must('cp', '--archive', base, path);
  must('mount', '-t', 'proc', 'proc', join(path, 'proc'));
  const inRoot = (command: readonly string[]): readonly string[] => [path, ...command];
  return {
    path,
    run: (...command) => must('chroot', ...inRoot(command)),
    try(...command) {
      const { status, stdout, stderr } = spawnSync('chroot', inRoot(command), { encoding: 'utf8', env: inRootEnv() });
      return { code: status, words: `${stdout}${stderr}` };
    },
    start(user, command, onLine) {
      const child = spawn('chroot', [`--userspec=${user}:${user}`, ...inRoot(command)], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: inRootEnv(),
      });
      createInterface({ input: child.stdout }).on('line', onLine);
      createInterface({ input: child.stderr }).on('line', onLine);
      const exited = new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      return { signal: (signal) => void child.kill(signal), exited };
    },
    files() {
      const found: string[] = [];
      const walk = (folder: string): void => {
        for (const entry of readdirSync(join(path, folder), { withFileTypes: true })) {
          const file = `${folder}/${entry.name}`;
          if (managersOwn.test(`${file}/`) || managersFiles.test(file)) continue;
          found.push(file);
          if (entry.isDirectory()) walk(file);
        }
      };
      walk('');
      return found.toSorted();
    },
    close() {
      must('umount', join(path, 'proc'));
      rmSync(path, { recursive: true, force: true });
    },
  };
}
