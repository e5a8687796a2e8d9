import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeDemoCertificates } from '../../test/support/demo-certificates.ts';
import type { ConfigInput } from '../../test/support/demo-config.ts';
import { freePort } from '../../test/support/free-port.ts';
import type { Idp } from '../../test/support/idp/start-idp.ts';
import type { RedisServer } from '../../test/support/start-redis.ts';
import { startRelayProcess } from '../../test/support/start-relay-process.ts';
import { startScript } from '../start-process.ts';

/** Tokens are made out to it. */
export const audience = 'https://relay.example.com';

/** What carries the tunnels: relays beside each other, each of one process or of so many workers. */
export interface CrowdPlan {
  readonly name: string;
  readonly relays: number;
  readonly workers: number;
  readonly tunnels: number;
}

/** The world around the relays. */
export interface CrowdSurroundings {
  readonly root: string;
  readonly idp: Idp;
  readonly upstreamPort: number;
  /** Several relays count together there. */
  readonly redis: RedisServer | undefined;
}

/** Relays with clients that each have a tunnel. */
export interface Crowd {
  readonly name: string;
  /** The first process of each relay. */
  readonly relayPids: readonly number[];
  /** Processes that carry tunnels beside a first one; empty when each relay is one process. */
  readonly workerPids: readonly number[];
  /** Local ports of the clients. */
  readonly ports: readonly number[];
  readonly close: () => Promise<void>;
}

/** Starts the relays of a plan, and spreads its clients evenly over them. */
export async function startCrowd(plan: CrowdPlan, around: CrowdSurroundings): Promise<Crowd> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const dir = join(around.root, plan.name);
    mkdirSync(dir, { mode: 0o700 });
    const { ca } = await makeDemoCertificates(dir);
    const relays: { url: string; pid: number; workerPids: number[] }[] = [];
    for (let index = 0; index < plan.relays; index += 1) {
      const port = await freePort();
      const configPath = join(dir, `relay-${index}.yaml`);
      mkdirSync(join(dir, `data-${index}`), { mode: 0o700 });
      writeFileSync(configPath, stringify(config(plan, around, index, port)), { mode: 0o600 });
      const relay = await startRelayProcess({ configPath });
      closers.push(() => relay.stop());
      const started = relay.log.filter(({ msg }) => msg === 'worker started');
      relays.push({
        url: `https://127.0.0.1:${port}`,
        pid: relay.pid,
        workerPids: started.map(({ pid }) => Number(pid)),
      });
    }
    const ports: number[] = [];
    for (let index = 0; index < plan.tunnels; index += 1) {
      const { url = '' } = relays[index % relays.length] ?? {};
      const client = await startScript('causeway-client', { relayUrl: url, ca });
      closers.push(client.close);
      ports.push(Number(client.ready['port']));
    }
    return {
      name: plan.name,
      relayPids: relays.map(({ pid }) => pid),
      workerPids: relays.flatMap(({ workerPids }) => workerPids),
      ports,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function config({ workers }: CrowdPlan, around: CrowdSurroundings, index: number, port: number): ConfigInput {
  return {
    relay: {
      name: 'Bench',
      url: `https://127.0.0.1:${port}`,
      data: `data-${index}`,
      listen: { host: '127.0.0.1', port },
      tls: { cert: 'relay.pem', key: 'relay-key.pem' },
      drain_seconds: 0,
      workers,
    },
    ...(around.redis === undefined ? {} : { shared_state: { store: 'redis', url: around.redis.url } }),
    issuers: [{ name: 'Bench', issuer: around.idp.issuer, client_id: around.idp.clientId, audience }],
    apis: [
      {
        id: 'bench',
        name: 'Bench',
        upstream: `http://127.0.0.1:${around.upstreamPort}`,
        rules: [{ name: 'developers', groups: ['developers'] }],
      },
    ],
    request_limits: [{ name: 'pace', requests: 1_000_000, every: 'second', on_failure: 'allow' }],
  };
}
