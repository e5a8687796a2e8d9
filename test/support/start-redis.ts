import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

/** A Redis or Valkey server of the test's own, on loopback, without anything on disk. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends the process at once; the port is then closed. */
  stop(): Promise<void>;
}

/** Where the server program is; null when this system has none. */
export function findRedis(): string | null {
  return (
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .flatMap((folder) => ['redis-server', 'valkey-server'].map((name) => join(folder, name)))
      .find((path) => existsSync(path)) ?? null
  );
}

/** The same, as found when this module was loaded. */
export const redisProgram: string | null = findRedis();

/** Starts a server and waits until it takes connections. @param wanted port; a free one when left out */
export async function startRedis(wanted?: number): Promise<RedisServer> {
  if (redisProgram === null) throw new Error('There is no redis-server on the PATH.');
  const port = wanted ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'causeway-redis-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child: ChildProcess = spawn(redisProgram, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const ready = new Promise<void>((resolve, reject) => {
    if (child.stdout === null) throw new Error('The server has no output.');
    createInterface(child.stdout).on('line', (line) => {
      if (/ready to accept connections/i.test(line)) resolve();
    });
    void gone.then(() => reject(new Error('The server ended before it was ready.')));
  });
  await ready;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
