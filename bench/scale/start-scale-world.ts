import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeDemoCertificates } from '../../test/support/demo-certificates.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startIdp, type Idp } from '../../test/support/idp/start-idp.ts';
import { type RelayLogLine, type RelayProcess, startRelayProcess } from '../../test/support/start-relay-process.ts';
import { startScript } from '../start-process.ts';

/** Tunnels that the relay of these benches takes in a second. */
export const handshakesPerSecond = 500;

/** A relay with its provider and upstreams, and room for many tunnels of one person. */
export interface ScaleWorld {
  readonly relayUrl: string;
  /** Where it listens, also when its address leads through another port. */
  readonly relayPort: number;
  readonly ca: string;
  readonly idp: Idp;
  readonly relay: RelayProcess;
  readonly restart: () => Promise<RelayProcess>;
  readonly close: () => Promise<void>;
}

export interface ScaleWorldOptions {
  /** Asks for all that the relay logs. */
  readonly onRelayLog?: (line: RelayLogLine) => void;
  /** Port of the relay's address, where something stands before it. */
  readonly publicPort?: number;
}

/** Starts it on loopback, in a temporary directory. */
export async function startScaleWorld({ onRelayLog, publicPort }: ScaleWorldOptions = {}): Promise<ScaleWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-scale-'));
  mkdirSync(join(dir, 'data'), { mode: 0o700 });
  const certificates = await makeDemoCertificates(dir);
  const relayPort = await freePort();
  const relayUrl = `https://127.0.0.1:${publicPort ?? relayPort}`;
  const idp = await startIdp({ audience: relayUrl, accessTokenSeconds: 3600 });
  const upstream = await startScript('upstream', {});
  // What it has to do for stalled readers must not count as the relay's.
  const bulk = await startScript('upstream', {});
  const configPath = join(dir, 'relay.yaml');
  const config = {
    relay: {
      name: 'Scale',
      url: relayUrl,
      listen: { host: '127.0.0.1', port: relayPort },
      tls: { cert: 'relay.pem', key: 'relay-key.pem' },
      drain_seconds: 0,
    },
    issuers: [{ name: 'Scale', issuer: idp.issuer, client_id: idp.clientId, audience: idp.audience }],
    apis: [
      {
        id: 'bench',
        name: 'Bench',
        upstream: `http://127.0.0.1:${String(upstream.ready['port'])}`,
        rules: [{ name: 'everybody', groups: ['*'] }],
      },
      {
        id: 'bulk',
        name: 'Bulk',
        upstream: `http://127.0.0.1:${String(bulk.ready['port'])}`,
        rules: [{ name: 'everybody', groups: ['*'] }],
      },
    ],
    limits: {
      max_tunnels: 20_000,
      max_tunnels_per_user: 20_000,
      max_unauthenticated_connections: 2000,
      max_handshakes_per_second: handshakesPerSecond,
      max_streams_per_tunnel: 2048,
    },
    log: { level: onRelayLog === undefined ? 'info' : 'debug' },
  };
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  let relay = await startRelayProcess({ configPath, ...(onRelayLog === undefined ? {} : { onLog: onRelayLog }) });
  return {
    relayUrl,
    relayPort,
    ca: certificates.ca,
    idp,
    get relay() {
      return relay;
    },
    async restart() {
      relay = await startRelayProcess({ configPath, ...(onRelayLog === undefined ? {} : { onLog: onRelayLog }) });
      return relay;
    },
    async close() {
      await relay.stop();
      await upstream.close();
      await bulk.close();
      await idp.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
