import { execFile } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.ts';
import type { LoadTarget } from './load.ts';

const run = promisify(execFile);

/** A file of that many bytes that takes no space on disk, to upload from. */
export function makeUploadFile(dir: string, bytes: number): string {
  const path = join(dir, 'upload.bin');
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

/** Moves bytes once with curl, in a process of its own; gives bytes a second and throws unless all arrived. */
export async function transfer(
  target: LoadTarget,
  direction: { readonly download: number } | { readonly upload: string; readonly bytes: number },
): Promise<number> {
  const curl = findProgram('curl');
  if (curl === null) throw new Error('The transfer cases need curl on PATH');
  const headers = Object.entries(target.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const base = `http://127.0.0.1:${target.port}`;
  const common = [
    '-sS',
    '--fail',
    '--max-time',
    '300',
    ...headers,
    '-w',
    '\n%{size_download} %{size_upload} %{time_total}',
  ];
  const { stdout } =
    'download' in direction
      ? await run(curl, [...common, '-o', '/dev/null', `${base}/bytes/${direction.download}`])
      : await run(curl, [...common, '-H', 'Expect:', '-T', direction.upload, `${base}/upload`]);
  const [down = 0, up = 0, seconds = 0] = (stdout.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const wanted = 'download' in direction ? direction.download : direction.bytes;
  const arrived = 'download' in direction ? down : Number(stdout.split('\n')[0]);
  if (arrived !== wanted || ('upload' in direction && up !== wanted)) {
    throw new Error(`${arrived} of ${wanted} bytes arrived at port ${target.port}`);
  }
  return wanted / seconds;
}
