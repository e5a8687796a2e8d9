import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('../..', import.meta.url));

/** Runs `npm run package` as on a machine where the runtime can’t be had, whatever this one has, into a folder. */
export async function packageHere(
  out: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly said: string; readonly errors: string }> {
  const unsigned = Object.entries(process.env).filter(([name]) => !name.startsWith('CAUSEWAY_'));
  const child = spawn(process.execPath, [join(project, 'build/package.ts'), '--out', out, ...words], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(unsigned),
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      ELECTRON_MIRROR: 'http://127.0.0.1:1/',
      ELECTRON_OVERRIDE_DIST_PATH: join(out, 'nowhere'),
      ...env,
    },
  });
  const [said, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, said, errors };
}

/** Changes a file of a package, byte by byte. */
export const edit = (path: string, change: (text: string) => string) => (at: string) =>
  writeFileSync(join(at, path), change(readFileSync(join(at, path), 'latin1')), 'latin1');
/** Turns one bit of the archive over. */
export const flip = (at: string): void => {
  const path = join(at, 'resources/app.asar');
  const bytes = readFileSync(path);
  bytes.writeUInt8((bytes.at(-100) ?? 0) ^ 1, bytes.length - 100);
  writeFileSync(path, bytes);
};
/** Leaves a licence out. */
export const noLicenceOfWs = edit('resources/notices/third-party-licenses.txt', (text) =>
  text.replace(/\nws /, '\nw '),
);
