import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeDemoCertificates } from '../../test/support/demo-certificates.ts';
import type { ConfigInput } from '../../test/support/demo-config.ts';
import { startRelayProcess } from '../../test/support/start-relay-process.ts';
import { type NodeOptions, startScript } from '../start-process.ts';
import type { BenchSystem, BenchWorld } from './bench-system.ts';

/** What a bench asks of a relay besides. */
export interface CausewayOptions extends NodeOptions {
  /** Keys of its config that take the place of the usual ones. */
  readonly more?: Partial<ConfigInput>;
  /** Changes its config, which stands in this folder. */
  readonly configure?: (config: ConfigInput, dir: string) => ConfigInput;
  /** How the client is run. */
  readonly client?: NodeOptions;
}

/** Folder of the relay that {@link startCauseway} starts in a folder. */
export function relayFolder(dir: string): string {
  return join(dir, 'causeway');
}

/**
 * Starts a relay with TLS, policy, a rate limit and durable audit, and a client core that is signed in and connected, each in a process
 * of its own. `relayPort` is the port in `world.audience`.
 */
export async function startCauseway(
  world: Pick<BenchWorld, 'dir' | 'upstreamPort' | 'issuer' | 'audience'>,
  relayPort: number,
  clientId: string,
  { more = {}, configure = (config) => config, execArgv = [], env = {}, client: clientOptions }: CausewayOptions = {},
): Promise<BenchSystem> {
  const dir = relayFolder(world.dir);
  mkdirSync(join(dir, 'data'), { recursive: true, mode: 0o700 });
  const certificates = await makeDemoCertificates(dir);
  const config: ConfigInput = {
    relay: {
      name: 'Bench',
      url: world.audience,
      listen: { host: '127.0.0.1', port: relayPort },
      tls: { cert: 'relay.pem', key: 'relay-key.pem' },
      drain_seconds: 0,
    },
    issuers: [{ name: 'Bench', issuer: world.issuer, client_id: clientId, audience: world.audience }],
    request_limits: [{ name: 'pace', requests: 1_000_000, every: 'second' }],
    apis: [
      {
        id: 'bench',
        name: 'Bench',
        upstream: `http://127.0.0.1:${world.upstreamPort}`,
        rules: [{ name: 'developers', groups: ['developers'], methods: ['GET', 'PUT'], paths: ['/**'] }],
      },
    ],
    log: { level: 'info' },
    ...more,
  };
  const configPath = join(dir, 'relay.yaml');
  writeFileSync(configPath, stringify(configure(config, dir)), { mode: 0o600 });
  const relay = await startRelayProcess({ configPath, execArgv, env });
  try {
    const clientInput = { relayUrl: world.audience, ca: certificates.ca };
    const client = await startScript('causeway-client', clientInput, undefined, clientOptions);
    const { socketPath } = client.ready;
    return {
      name: 'causeway',
      ...(typeof socketPath === 'string' ? { socketPath } : {}),
      port: Number(client.ready['port']),
      headers: {},
      pids: [relay.pid, client.pid],
      memoryPids: [relay.pid],
      async close() {
        await client.close();
        await relay.stop();
      },
    };
  } catch (error) {
    await relay.stop();
    throw error;
  }
}
