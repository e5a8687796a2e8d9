import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { stringify } from 'yaml';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import type { AuditEntry } from '../../../relay/audit/reading/audit-query.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { type RedisServer, startRedis } from '../../support/start-redis.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { dial, type Dialed, type DialOptions, hello, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

/** One of several relays that share a Redis and a public address. */
export interface RelayNode {
  readonly port: number;
  readonly dataDir: string;
  readonly configPath: string;
  readonly relay: Relay;
  dial(token: string, options?: DialOptions): Promise<Dialed>;
  /** A tunnel that this relay has welcomed. */
  tunnel(token: string): Promise<RawTunnel>;
  /** Asks one of the relay’s own endpoints; a body makes it a POST of JSON, or of a form when it is a string. */
  ask(path: string, headers?: Readonly<Record<string, string>>, body?: object | string): Promise<Answer>;
  audit(): readonly AuditEntry['record'][];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Redis, a provider, an upstream, and relays that are started as a test needs them. */
export interface RelaysWorld {
  readonly redis: RedisServer;
  readonly idp: Idp;
  readonly echo: EchoUpstream;
  /** What all relays call themselves. */
  readonly relayUrl: string;
  /** Starts another relay and waits until it is ready. */
  startNode(): Promise<RelayNode>;
  stopRedis(): Promise<void>;
  /** Starts Redis again at the same port, with nothing in it. */
  restartRedis(): Promise<void>;
  token(user: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  logoutToken(user: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

export interface RelaysWorldOptions {
  readonly shared_state?: Partial<NonNullable<ConfigInput['shared_state']>>;
  readonly issuer?: Partial<ConfigInput['issuers'][number]>;
  readonly api?: Partial<ConfigInput['apis'][number]>;
  readonly limits?: ConfigInput['limits'];
  readonly admin?: ConfigInput['admin'];
  readonly break_glass?: ConfigInput['break_glass'];
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** Starts what the relays share; when a part fails, those already up are ended before it throws. */
export async function startRelaysWorld(options: RelaysWorldOptions = {}): Promise<RelaysWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-relays-'));
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const { ca } = await makeDemoCertificates(dir);
    writeFileSync(join(dir, 'shared-secret'), 'a-secret-of-all-relays-of-this-test'.repeat(2), { mode: 0o600 });
    let redis = await startRedis();
    closers.push(() => redis.stop());
    const relayUrl = `https://127.0.0.1:${await freePort()}`;
    const idp = await startIdp({ audience: relayUrl });
    closers.push(() => idp.close());
    const echo = await startEcho();
    closers.push(() => echo.close());
    let nodes = 0;

    const world: RelaysWorld = {
      get redis() {
        return redis;
      },
      idp,
      echo,
      relayUrl,
      async startNode() {
        nodes += 1;
        const dataDir = join(dir, `data-${nodes}`);
        const configPath = join(dir, `relay-${nodes}.yaml`);
        const config: ConfigInput = {
          relay: {
            name: 'Example Company',
            url: relayUrl,
            listen: { host: '127.0.0.1', port: 0 },
            tls: { cert: 'relay.pem', key: 'relay-key.pem' },
            data: dataDir,
            drain_seconds: 0,
          },
          issuers: [
            {
              name: 'Example IdP',
              issuer: idp.issuer,
              client_id: idp.clientId,
              audience: relayUrl,
              ...options.issuer,
            },
          ],
          apis: [
            {
              id: 'echo',
              name: 'Echo',
              upstream: echo.url,
              rules: [{ name: 'everybody', groups: ['*'] }],
              ...options.api,
            },
          ],
          shared_state: {
            store: 'redis',
            url: redis.url,
            timeout_ms: 10_000,
            on_failure: 'deny',
            ...(options.break_glass === undefined ? {} : { secret: '${file:shared-secret}' }),
            ...options.shared_state,
          },
          // The raw tunnels of these tests answer no pings.
          limits: { ping_seconds: 300, ...options.limits },
          ...(options.admin === undefined ? {} : { admin: options.admin }),
          ...(options.break_glass === undefined ? {} : { break_glass: options.break_glass }),
        };
        writeFileSync(configPath, stringify(config), { mode: 0o600 });
        const relay = await startRelay(await loadConfig(configPath), pino({ level: 'silent' }));
        closers.push(() => relay.close());
        const node = nodeOf(relay, dataDir, configPath, ca);
        await untilReady(node);
        return node;
      },
      stopRedis: () => redis.stop(),
      async restartRedis() {
        redis = await startRedis(redis.port);
      },
      token: (user, claims = {}) => idp.mintAccessToken({ user, claims }),
      logoutToken: (user, claims = {}) =>
        idp.mintAccessToken({
          user,
          claims: { aud: idp.clientId, events: { [logoutEvent]: {} }, ...claims },
          header: { typ: 'logout+jwt' },
        }),
      close,
    };
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until the relay takes sign-ins. */
export async function untilReady(node: Pick<RelayNode, 'ask'>): Promise<void> {
  await vi.waitFor(async () => expect((await node.ask('/readyz')).status).toBe(200), { timeout: 60_000 });
}

function nodeOf(relay: Relay, dataDir: string, configPath: string, ca: string): RelayNode {
  const port = Number(new URL(relay.url).port);
  const dialNode = (token: string, options: DialOptions = {}): Promise<Dialed> =>
    dial({ ca } as unknown as TunnelWorld, '', { token, port, ...options });
  return {
    port,
    dataDir,
    configPath,
    relay,
    dial: dialNode,
    async tunnel(token) {
      const dialed = await dialNode(token);
      if (!('tunnel' in dialed)) throw new Error(`The relay refused with ${dialed.status} ${dialed.code}.`);
      dialed.tunnel.send(hello);
      await dialed.tunnel.waitForControl('welcome');
      return dialed.tunnel;
    },
    ask: (path, headers = {}, body) =>
      new Promise((resolve, reject) => {
        const isForm = typeof body === 'string';
        const type = { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' };
        const call = request(
          `https://127.0.0.1:${port}${path}`,
          { method: body === undefined ? 'GET' : 'POST', ca, agent: false, headers: { ...type, ...headers } },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
            response.on('end', () => {
              const parsed = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
            });
          },
        );
        call.on('error', reject).end(isForm ? body : JSON.stringify(body));
      }),
    audit: () =>
      queryAudit(dataDir, { limit: 10_000 })
        .toReversed()
        .map(({ record }) => record),
  };
}
