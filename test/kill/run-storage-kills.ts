import { fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { VerifiedState } from '../../relay/audit/verified-state.ts';
import { verifyAudit } from '../../relay/audit/verify-audit.ts';
import { sinkStatus } from '../../relay/sinks/sink-status.ts';
import type { ConfigInput } from '../support/demo-config.ts';
import { postgresPlace } from '../support/postgres-place.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../support/start-headless-client.ts';
import { type PostgresServer, startPostgres } from '../support/start-postgres.ts';
import { startRelayProcess } from '../support/start-relay-process.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';
import type { AuditProcessData } from './audit-process.ts';
import type { Kept } from './check-kept.ts';
import { checkStored, verifyStored } from './check-stored.ts';
import { api, type KillWorld, startKillWorld } from './kill-world.ts';
import { longestReadyMs } from './run-kills.ts';
import { sendRequests } from './send-requests.ts';

/** What answers wait for: the relay's disk, from where records go to PostgreSQL, or PostgreSQL itself. */
export type StorageMode = 'shipped' | 'database';

export const storageTargets = ['relay', 'audit', 'postgres'] as const;

export interface StorageKills {
  readonly mode: StorageMode;
  /** What is killed under load: a relay, PostgreSQL, or a process that is only a relay's audit, which is soon there again. */
  readonly target: (typeof storageTargets)[number];
  readonly kills: number;
  /** The relay’s main file; that of the sources by default. */
  readonly mainPath?: string | undefined;
}

const longestLoadMs = 600;
const startsKilled = 5;
const longestStartMs = 2500;
/** The relay of the kills. */
const relayId = 'r-killed';

/**
 * Kills a relay whose audit goes to PostgreSQL, or PostgreSQL, with SIGKILL at random instants under load, and a relay in
 * five while it starts. A relay whose answers wait for PostgreSQL has lost its folder each time. Answers what was kept.
 */
export async function runStorageKills(
  { mode, target, kills, mainPath }: StorageKills,
  say: (line: string) => void,
  enough: AbortSignal = new AbortController().signal,
): Promise<readonly Kept[]> {
  const server = await startPostgres();
  const storage = await server.createDatabase();
  const world = await startKillWorld((config, dir) => withStorage(config, dir, storage, mode));
  const startRelay: StartRelay = (readyTimeoutMs) =>
    startRelayProcess({
      configPath: world.configPath,
      readyTimeoutMs,
      ...(mainPath === undefined ? {} : { mainPath }),
    });
  const postgres = postgresPlace(storage);
  const answered: string[] = [];
  let done = 0;
  let state: VerifiedState | undefined;
  try {
    while (done < kills && !enough.aborted) {
      const name = `${mode}-${done}`;
      if (target === 'postgres')
        done += await killServer({ world, startRelay, server, name, answered }, Math.min(10, kills - done), enough);
      else {
        done += 1;
        if (mode === 'database') rmSync(world.dataDir, { recursive: true, force: true });
        if (target === 'audit') await killAudit(auditOf(world, postgres, mode, name), answered);
        else if (done % startsKilled === 0) await killStart(startRelay);
        else await killRelay({ world, startRelay, name, answered });
      }
      const onwards = { state };
      const verdict =
        mode === 'database' ? await verifyStored(postgres, relayId, onwards) : verifyAudit(world.dataDir, onwards);
      if (verdict.status === 'broken') throw new Error(`After ${done} kills: ${verdict.reason}`);
      ({ state } = verdict);
      if (done % 10 === 0) say(`${done} kills, ${answered.length} answered requests`);
    }
    await settle(startRelay, world, mode);
    return await checkStored(postgres, relayId, {
      answered,
      written: world.upstream.requests.filter(({ method }) => method === 'POST').map((request) => request.target),
      dataDir: mode === 'shipped' ? world.dataDir : null,
    });
  } finally {
    await world.close();
    await server.stop();
  }
}

function withStorage(config: ConfigInput, dir: string, storage: string, mode: StorageMode): ConfigInput {
  const relay = { ...config.relay, id: relayId };
  if (mode === 'shipped') return { ...config, relay, storage, audit: {} };
  const signingKey = join(dir, 'key.pem');
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(signingKey, pem, { mode: 0o600 });
  return { ...config, relay, storage, audit: { durable: 'database', signing_key: signingKey } };
}

function auditOf(world: KillWorld, storage: PostgresSettings, mode: StorageMode, name: string): AuditProcessData {
  const keyPath = world.config.audit.signing_key;
  const signingKey = mode === 'database' && keyPath !== undefined ? readFileSync(keyPath, 'utf8') : null;
  return { dataDir: world.dataDir, storage, relay: relayId, signingKey, name };
}

/** Kills a process that writes an audit, some time after it began to. */
async function killAudit(data: AuditProcessData, answered: string[]): Promise<void> {
  const child = fork(new URL('./audit-process.ts', import.meta.url), [JSON.stringify(data)], { execArgv: [] });
  const began = once(child, 'message');
  child.on('message', (path: string) => answered.push(path));
  const ended = once(child, 'close');
  await Promise.race([began, ended]);
  await pause(Math.random() * longestLoadMs);
  child.kill('SIGKILL');
  await ended;
}

type StartRelay = (readyTimeoutMs: number) => ReturnType<typeof startRelayProcess>;

interface Load {
  readonly world: KillWorld;
  readonly startRelay: StartRelay;
  readonly name: string;
  readonly answered: string[];
}

interface Loaded {
  readonly relay: Awaited<ReturnType<typeof startRelayProcess>>;
  readonly close: () => Promise<void>;
}

async function startLoad({ world, startRelay, name, answered }: Load): Promise<Loaded> {
  const relay = await startRelay(longestReadyMs);
  const client = await startHeadlessClient({
    ca: [],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'alice' })),
  });
  const { id } = await client.signIn(world.relayUrl);
  const { port } = await client.connect(id, api);
  const load = sendRequests(port, name, (path) => answered.push(path));
  return {
    relay,
    async close() {
      relay.signal('SIGKILL');
      await relay.exited;
      await load.stop();
      await client.close();
    },
  };
}

async function killRelay(under: Load): Promise<void> {
  const { answered } = under;
  const before = answered.length;
  const load = await startLoad(under);
  while (answered.length === before) await pause(10);
  await pause(Math.random() * longestLoadMs);
  await load.close();
}

/** Kills PostgreSQL some times under one relay, which goes on; answers how often. */
async function killServer(
  { server, ...under }: Load & { readonly server: PostgresServer },
  times: number,
  enough: AbortSignal,
): Promise<number> {
  const { answered } = under;
  const load = await startLoad(under);
  let killed = 0;
  try {
    while (killed < times && !enough.aborted) {
      const before = answered.length;
      while (answered.length === before) await pause(10);
      await pause(Math.random() * longestLoadMs);
      await server.kill();
      killed += 1;
      await pause(Math.random() * longestLoadMs);
      await server.restart();
    }
    return killed;
  } finally {
    await load.close();
  }
}

async function killStart(startRelay: StartRelay): Promise<void> {
  const starting = startRelay(Math.random() * longestStartMs);
  // Ready sooner than that: it is killed now.
  const relay = await starting.catch(() => null);
  relay?.signal('SIGKILL');
  await relay?.exited;
}

/** A last relay, which isn't killed, sends what the others left. */
async function settle(startRelay: StartRelay, { dataDir }: KillWorld, mode: StorageMode): Promise<void> {
  const relay = await startRelay(longestReadyMs);
  const isSent = (): boolean =>
    sinkStatus(dataDir, [{ name: 'storage', kind: 'postgres', lagWarnMs: 60_000 }], Date.now())[0]?.waiting === 0;
  while (mode === 'shipped' && !isSent()) await pause(50);
  await relay.stop();
}
