import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { loadConfig, type LoadedConfig } from '../../relay/config/load-config.ts';
import type { ConfigInput } from '../support/demo-config.ts';
import { makeDemoCertificates } from '../support/demo-certificates.ts';
import { freePort } from '../support/free-port.ts';
import { type Idp, startIdp } from '../support/idp/start-idp.ts';
import { type Balancer, startBalancer } from '../support/start-balancer.ts';
import { type PostgresServer, startPostgres } from '../support/start-postgres.ts';
import { type RedisServer, redisProgram, startRedis } from '../support/start-redis.ts';
import { type RelayProcess, startRelayProcess } from '../support/start-relay-process.ts';
import { startEcho } from '../support/upstreams/start-echo.ts';
import { control, dial, host, type RawTunnel } from '../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../tunnel/support/tunnel-world.ts';

/** How long the API takes for `/slow`. */
const slowMs = 500;

/** One of the relays, a process of its own. */
export interface BalancedRelay {
  readonly name: string;
  readonly port: number;
  readonly dataDir: string;
  readonly configPath: string;
  /** Null while it is down. */
  process: RelayProcess | null;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Relays that keep their state in one PostgreSQL, with or without Redis, behind a balancer of connections. */
export interface BalancedRelays {
  readonly relays: readonly BalancedRelay[];
  readonly balancer: Balancer;
  readonly idp: Idp;
  readonly postgres: PostgresServer;
  /** Where clients connect. */
  readonly port: number;
  readonly storageUrl: string;
  readonly hasRedis: boolean;
  config(): Promise<LoadedConfig>;
  /** With the sources of another version where their main file is given. */
  start(relay: BalancedRelay, mainPath?: string): Promise<void>;
  /** Where the certificate of the relays comes from (PEM). */
  readonly ca: string;
  stopRedis(): Promise<void>;
  restartRedis(): Promise<void>;
  token(user: string, sid: string): Promise<string>;
  /** A tunnel at a port: that of one relay, or of the balancer. `from` is the address that a trusted proxy would name. */
  tunnel(port: number, token: string, device: string, from?: string): Promise<RawTunnel>;
  ask(port: number, token: string, path: string, method?: string, body?: object, from?: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface BalancedRelaysOptions {
  readonly count?: number;
  readonly redis?: boolean;
  readonly graceSeconds?: number;
  /** Worker processes of each relay; none when left out. */
  readonly workers?: number;
  /** Whether relays are started at once. Default true. */
  readonly started?: boolean;
  /** How long relays let streams finish; not at all when left out. */
  readonly drainSeconds?: number;
  /** Another config for each relay, the first of which is 1. */
  readonly configure?: (config: ConfigInput, index: number) => ConfigInput;
  /** What the balancer asks relays; that which docs/deployment.md names when left out. */
  readonly readiness?: string;
}

/** Starts it all; when a part fails, those already up are ended before it throws. */
export async function startRelaysBehindBalancer(options: BalancedRelaysOptions = {}): Promise<BalancedRelays> {
  const { count = 3, redis: wantsRedis = redisProgram !== null, graceSeconds = 300, configure = asItIs } = options;
  const dir = mkdtempSync(join(tmpdir(), 'causeway-three-'));
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const { ca } = await makeDemoCertificates(dir);
    const postgres = await startPostgres();
    closers.push(() => postgres.stop());
    const storageUrl = await postgres.createDatabase();
    let redis: RedisServer | null = wantsRedis ? await startRedis() : null;
    const redisUrl = redis?.url ?? '';
    const redisPort = redis?.port ?? 0;
    closers.push(async () => redis?.stop());
    const port = await freePort();
    const relayUrl = `https://127.0.0.1:${port}`;
    const idp = await startIdp({ audience: relayUrl });
    closers.push(() => idp.close());
    const echo = await startEcho({
      answer: async ({ request: asked }) => {
        if (asked.url === '/slow') await sleep(slowMs);
        return false;
      },
    });
    closers.push(() => echo.close());

    const relays: BalancedRelay[] = [];
    for (let index = 1; index <= count; index += 1) {
      const relayPort = await freePort();
      const dataDir = join(dir, `data-${index}`);
      const configPath = join(dir, `relay-${index}.yaml`);
      const config: ConfigInput = {
        relay: {
          name: 'Example Company',
          url: relayUrl,
          listen: { host: '127.0.0.1', port: relayPort },
          tls: { cert: 'relay.pem', key: 'relay-key.pem' },
          data: dataDir,
          drain_seconds: options.drainSeconds ?? 0,
          ...(options.workers === undefined ? {} : { workers: options.workers }),
        },
        storage: storageUrl,
        issuers: [{ name: 'Example IdP', issuer: idp.issuer, client_id: idp.clientId, audience: relayUrl }],
        apis: [
          {
            id: 'echo',
            name: 'Echo',
            upstream: echo.url,
            rules: [
              { name: 'read', groups: ['*'], methods: ['GET'] },
              { name: 'write', groups: ['*'], methods: ['PUT'] },
              { name: 'refund', groups: ['refunders'], methods: ['POST'] },
            ],
            access_requests: { roles: ['refunders'], approvers: ['finance'], max_hours: 2 },
          },
        ],
        shared_state: wantsRedis
          ? { store: 'redis', url: redisUrl, on_failure: 'allow', grace_seconds: graceSeconds }
          : { grace_seconds: graceSeconds },
        // The raw tunnels answer no pings.
        limits: { ping_seconds: 300 },
      };
      writeFileSync(configPath, stringify(configure(config, index)), { mode: 0o600 });
      relays.push({ name: `relay ${index}`, port: relayPort, dataDir, configPath, process: null });
    }
    const start = async (relay: BalancedRelay, mainPath?: string): Promise<void> => {
      const { configPath } = relay;
      relay.process = await startRelayProcess({ configPath, ...(mainPath === undefined ? {} : { mainPath }) });
    };
    closers.push(async () => {
      for (const relay of relays) await relay.process?.stop(2000);
    });
    if (options.started !== false) await Promise.all(relays.map((relay) => start(relay)));
    const balancer = await startBalancer(
      port,
      relays.map((relay) => relay.port),
      options.readiness,
    );
    closers.push(() => balancer.close());

    const world: BalancedRelays = {
      relays,
      balancer,
      idp,
      postgres,
      port,
      storageUrl,
      hasRedis: wantsRedis,
      config: () => loadConfig(relays[0]?.configPath ?? ''),
      start,
      ca,
      async stopRedis() {
        await redis?.stop();
        redis = null;
      },
      async restartRedis() {
        if (wantsRedis) redis = await startRedis(redisPort);
      },
      token: (user, sid) => idp.mintAccessToken({ user, claims: { sid } }),
      async tunnel(at, token, device, from) {
        const dialed = await dial({ ca } as unknown as TunnelWorld, '', { token, port: at, headers: namedBy(from) });
        if (!('tunnel' in dialed)) throw new Error(`The relay refused with ${dialed.status} ${dialed.code}.`);
        dialed.tunnel.send(
          control({
            type: 'hello',
            device: { id: device, name: device, system: 'linux', appVersion: '0.1.0' },
            listeners: [{ id: 1, hosts: { [host]: 'echo' } }],
          }),
        );
        await dialed.tunnel.waitForControl('welcome');
        return dialed.tunnel;
      },
      ask: (at, token, path, method = 'GET', body, from) =>
        new Promise((resolve, reject) => {
          const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...namedBy(from) };
          const call = request(`https://127.0.0.1:${at}${path}`, { method, ca, agent: false, headers }, (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
            response.on('error', reject).on('end', () => {
              const parsed = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
              resolve({ status: response.statusCode ?? 0, body: parsed });
            });
          });
          call.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
        }),
      close,
    };
    if (options.started !== false) for (const relay of relays) await untilStatus(world, relay, 200);
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

const asItIs = (config: ConfigInput): ConfigInput => config;

/** A config by which this machine is a proxy that names callers. */
export function trustsThisMachine({ relay, ...config }: ConfigInput): ConfigInput {
  return {
    ...config,
    relay: { ...relay, trusted_proxies: { addresses: ['127.0.0.1'], address_from: 'x-forwarded-for' } },
  };
}

/** What such a proxy says. */
function namedBy(from: string | undefined): Readonly<Record<string, string>> {
  return from === undefined ? {} : { 'x-forwarded-for': from };
}

/** Waits until a relay’s `/readyz` says so. */
export async function untilStatus(world: BalancedRelays, relay: BalancedRelay, status: number): Promise<void> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const answer = await world.ask(relay.port, '', '/readyz').catch(() => null);
    if (answer?.status === status) return;
    if (performance.now() > endMs) throw new Error(`${relay.name} doesn’t answer ${status}.`);
    await sleep(50);
  }
}
