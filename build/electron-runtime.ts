import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { findElectron } from './find-electron.ts';

const require = createRequire(import.meta.url);
const probeMs = 5_000;
const downloadMs = 180_000;

export type Runtime =
  | { readonly status: 'present'; readonly executable: string }
  | { readonly status: 'missing'; readonly reason: string };

/**
 * Finds Electron's runtime, downloading it when its place can be reached at all (asked within 5 s). Where it can't, the
 * reason is one sentence for the person; nothing is tried twice.
 */
export async function ensureElectron(): Promise<Runtime> {
  const present = findElectron();
  if (present !== null) return { status: 'present', executable: present };
  const { version } = JSON.parse(await readFile(require.resolve('electron/package.json'), 'utf8')) as {
    version: string;
  };
  const mirror = process.env['ELECTRON_MIRROR'] ?? 'https://github.com/electron/electron/releases/download/';
  const url = `${mirror}v${version}/SHASUMS256.txt`;
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(probeMs) });
    if (!answer.ok) return missing(version, `${new URL(url).host} answered ${answer.status}`);
  } catch {
    return missing(version, `${new URL(url).host} can’t be reached`);
  }
  await download();
  const executable = findElectron();
  return executable === null ? missing(version, 'its download failed') : { status: 'present', executable };
}

function missing(version: string, why: string): Runtime {
  return { status: 'missing', reason: `Electron ${version}’s runtime isn’t installed, and ${why}.` };
}

/** Runs the package's own installer, which checks the download's hash. */
async function download(): Promise<void> {
  const child = spawn(process.execPath, [require.resolve('electron/install.js')], {
    stdio: 'inherit',
    signal: AbortSignal.timeout(downloadMs),
  });
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}
