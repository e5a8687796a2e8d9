import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './free-port.ts';
import { type ClusterUser, clusterPassword, copyCluster } from './kept-cluster.ts';

/** A PostgreSQL server of the test’s own, on loopback and with passwords, under an unprivileged user. */
export interface PostgresServer {
  readonly port: number;
  /** Folder of its Unix socket. */
  readonly socketFolder: string;
  /** Process of the postmaster, for signals. */
  readonly pid: number;
  /** Makes a database; its address for `storage`. */
  createDatabase(name?: string): Promise<string>;
  /** Ends all of its processes at once, as a crash would, and keeps what is on disk. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const programs = ['initdb', 'postgres'] as const;
const fastShutdownMs = 15_000;

/** The folder with PostgreSQL’s programs; null when this system has none. */
export function findPostgres(): string | null {
  const debian = existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql').map((version) => join('/usr/lib/postgresql', version, 'bin'))
    : [];
  return (
    [...debian.toSorted().toReversed(), ...(process.env['PATH'] ?? '').split(delimiter)].find((folder) =>
      programs.every((program) => existsSync(join(folder, program))),
    ) ?? null
  );
}

/** The same, as found when this module was loaded. */
export const postgresPrograms: string | null = findPostgres();

/** Processes that a process started, as far as this system says. */
function childrenOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has noticed already.
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): ClusterUser {
  if (process.getuid?.() !== 0) return undefined;
  const home = ['/var/lib/postgresql', '/nonexistent'].find((folder) => existsSync(folder));
  if (home === undefined) return { uid: 65_534, gid: 65_534 };
  const { uid, gid } = statSync(home);
  return uid === 0 ? { uid: 65_534, gid: 65_534 } : { uid, gid };
}

export interface PostgresServerOptions {
  /** Further lines of postgresql.conf. */
  readonly settings?: readonly string[];
}

/** Starts a server and waits until it takes connections. */
export async function startPostgres({ settings = [] }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const found = postgresPrograms;
  if (found === null) throw new Error('There are no PostgreSQL programs (initdb, postgres) on this machine.');
  const user = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'causeway-postgres-'));
  const data = join(folder, 'data');
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  copyCluster(found, data, user);
  const port = await freePort();
  const lines = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${folder}'`,
    // The operating system outlives every test; only its own crash would need it.
    'fsync = off',
    'max_connections = 60',
    'shared_buffers = 32MB',
    ...settings,
  ];
  writeFileSync(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);

  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(join(found, 'postgres'), ['-D', data], { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stderr as NodeJS.ReadableStream).on('line', (line) => {
        if (said.length < 50) said.push(line);
        if (line.includes('ready to accept connections')) resolve();
      });
      child.once('exit', () => reject(new Error(`PostgreSQL ended: ${said.join('\n')}`)));
    });
  };
  await start();
  const address = (database: string): string => `postgres://postgres:${clusterPassword}@127.0.0.1:${port}/${database}`;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  let made = 0;
  return {
    port,
    socketFolder: folder,
    get pid() {
      return child.pid ?? 0;
    },
    async createDatabase(name = `test_${(made += 1)}`) {
      const client = new Client({ connectionString: address('postgres') });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE "${name}"`);
      } finally {
        await client.end();
      }
      return address(name);
    },
    async kill() {
      const others = childrenOf(child.pid ?? 0);
      await end('SIGKILL');
      // They would notice by themselves, one by one, and answer until then.
      for (const pid of others) endIfThere(pid);
    },
    async restart() {
      // The processes of a killed postmaster notice it one by one, and hold its memory until then.
      for (let tries = 1; ; tries += 1) {
        try {
          return await start();
        } catch (error) {
          if (tries === 50) throw error;
          await wait(100);
        }
      }
    },
    async stop() {
      // Fast shutdown: connections are ended. One that can't be, as of a stopped process, isn't waited for.
      const others = childrenOf(child.pid ?? 0);
      const late = setTimeout(() => {
        for (const pid of [child.pid ?? 0, ...others]) endIfThere(pid);
      }, fastShutdownMs);
      await end('SIGINT');
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
