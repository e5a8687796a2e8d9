import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names the socket, for a second app with a profile folder of its own, and for tests. */
export const linkVariable = 'CAUSEWAY_APP_SOCKET';

/**
 * Where the app listens for other programs of the same person. On Linux the session's own folder, which the system keeps
 * private and empties; on Windows a file that holds the pipe's name, which nobody else can read or guess.
 */
export function linkPlace(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  const given = environment[linkVariable];
  if (given) return given;
  if (platform === 'win32') return join(environment['LOCALAPPDATA'] ?? home, 'Causeway', 'app-pipe');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Causeway', 'link', 'app.sock');
  const runtime = environment['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && isAbsolute(runtime)) return join(runtime, 'causeway', 'app.sock');
  return join(home, '.local', 'state', 'causeway-app', 'app.sock');
}

/** The place for an app with another profile folder than the usual one; a path that is too long gets none. */
export function linkPlaceIn(userDataDir: string): string {
  return process.platform === 'win32' ? join(userDataDir, 'app-pipe') : join(userDataDir, 'link', 'app.sock');
}

/** Security identifier of the user, as `whoami` prints it in a table; null when it prints something else. */
export function parseSid(csv: string): string | null {
  return /"(S-1-[\d-]{3,180})"/.exec(csv)?.[1] ?? null;
}

/**
 * Makes a fresh name of a Windows pipe, with the user's SID and 128 random bits, and writes it where only this user reads.
 * Whoever else listens at pipes can't be there first. @throws Error when the SID can't be found out
 */
export async function makePipeName(place: string): Promise<string> {
  const { stdout } = await promisify(execFile)('whoami', ['/user', '/fo', 'csv', '/nh'], { windowsHide: true });
  const sid = parseSid(stdout);
  if (sid === null) throw new Error('This user has no SID that can be found out.');
  const name = pipeName(sid, randomBytes(16).toString('hex'));
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  await writeFile(place, name, { mode: 0o600 });
  return name;
}

/** A pipe's path. */
export function pipeName(sid: string, random: string): string {
  return `\\\\.\\pipe\\causeway-${sid}-${random}`;
}

/** Where to connect: the socket itself, or the pipe that the file names; null when there is none. */
export async function connectablePath(
  place: string,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  if (platform !== 'win32') return place;
  const name = await readFile(place, 'utf8').catch(() => '');
  return /^\\\\\.\\pipe\\causeway-S-1-[\d-]{3,180}-[\da-f]{32}$/.test(name) ? name : null;
}
