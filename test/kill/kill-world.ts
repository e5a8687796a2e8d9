import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig, type LoadedConfig } from '../../relay/config/load-config.ts';
import type { ConfigInput } from '../support/demo-config.ts';
import { freePort } from '../support/free-port.ts';
import { type Idp, startIdp } from '../support/idp/start-idp.ts';
import { type EchoUpstream, startEcho } from '../support/upstreams/start-echo.ts';

/** Name of the API, and of the role that people ask for there. */
export const api = 'kept';
export const role = 'keepers';

/** All that outlives the relay that is killed: provider, API, config, data folder. */
export interface KillWorld {
  readonly idp: Idp;
  readonly upstream: EchoUpstream;
  readonly relayUrl: string;
  readonly configPath: string;
  readonly config: LoadedConfig['config'];
  readonly dataDir: string;
  /** What the sink of the relay writes. */
  readonly shippedPath: string;
  close(): Promise<void>;
}

/** Starts everything but the relay, whose config `configure` may change; `dir` is the folder that it stands in. */
export async function startKillWorld(
  configure: (config: ConfigInput, dir: string) => ConfigInput = (config) => config,
): Promise<KillWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-kill-'));
  const port = await freePort();
  const relayUrl = `http://127.0.0.1:${port}`;
  const upstream = await startEcho();
  const idp = await startIdp({ audience: relayUrl, accessTokenSeconds: 86_400 });
  const dataDir = join(dir, 'data');
  const shippedPath = join(dir, 'shipped.jsonl');
  const configPath = join(dir, 'relay.yaml');
  const config: ConfigInput = {
    relay: {
      name: 'Killed',
      url: relayUrl,
      listen: { host: '127.0.0.1', port },
      data: dataDir,
      drain_seconds: 0,
    },
    issuers: [{ name: 'Killed', issuer: idp.issuer, client_id: idp.clientId, audience: relayUrl }],
    apis: [
      {
        id: api,
        name: 'Kept',
        upstream: upstream.url,
        access_requests: { roles: [role], approvers: ['finance'], max_hours: 8 },
        rules: [
          { name: 'all', groups: ['*'] },
          { name: 'denied', effect: 'deny', groups: ['*'], paths: ['/denied/**'] },
        ],
      },
    ],
    audit: { sinks: [{ name: 'shipped', kind: 'file', path: shippedPath, rotate_bytes: 10_000_000_000 }] },
    log: { level: 'info' },
  };
  writeFileSync(configPath, stringify(configure(config, dir)), { mode: 0o600 });
  return {
    idp,
    upstream,
    relayUrl,
    configPath,
    config: (await loadConfig(configPath)).config,
    dataDir,
    shippedPath,
    async close() {
      await idp.close();
      await upstream.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
