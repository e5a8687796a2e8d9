import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { generate } from 'selfsigned';
import { stringify } from 'yaml';
import type { Finding } from '../../../relay/doctor/finding.ts';
import { runDoctor } from '../../../relay/doctor/run-doctor.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';

/** What a provider for the doctor does wrong. */
export interface ProviderFaults {
  readonly clockMs?: number;
  readonly issuer?: string;
  readonly keys?: readonly object[];
  readonly status?: number;
}

/** A healthy relay’s folder, provider and API, in which a test breaks one thing. */
export interface DoctorWorld {
  readonly folder: string;
  readonly dataDir: string;
  readonly issuer: string;
  readonly upstream: string;
  config(): ConfigInput;
  breakProvider(faults: ProviderFaults): void;
  /** Whole again, with an empty data folder. */
  reset(): void;
  /** A port on which connections are taken and nothing is ever said. */
  readonly silentPort: number;
  look(config?: ConfigInput, env?: Readonly<Record<string, string>>): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

/** What this machine says of its own clock is no test’s business. */
const noProgram = (): Promise<never> => Promise.reject(new Error('There is no such program.'));

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export async function startDoctorWorld(): Promise<DoctorWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-doctor-'));
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const { publicKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  let faults: ProviderFaults = {};
  let issuer = '';
  const provider = createServer((request, response) => {
    response.sendDate = false;
    response.setHeader('Date', new Date(Date.now() + (faults.clockMs ?? 0)).toUTCString());
    response.writeHead(faults.status ?? 200, { 'Content-Type': 'application/json' });
    const isKeys = request.url === '/jwks';
    const metadata = { issuer: faults.issuer ?? issuer, jwks_uri: `${issuer}/jwks` };
    response.end(JSON.stringify(isKeys ? { keys: faults.keys ?? [key] } : metadata));
  });
  issuer = `http://127.0.0.1:${await listening(provider)}`;
  const api = createServer((_request, response) => response.end());
  const upstream = `http://127.0.0.1:${await listening(api)}`;
  const silent = createTcpServer((socket) => socket.on('error', () => undefined).resume());
  const silentPort = await listening(silent);
  const port = await freePort();
  const configPath = join(folder, 'relay.yaml');
  const healthy: ConfigInput = {
    relay: { name: 'Doctor Test', url: `http://127.0.0.1:${port}`, listen: { host: '127.0.0.1', port }, data: 'data' },
    issuers: [{ name: 'SSO', issuer, client_id: 'causeway', audience: 'relay' }],
    apis: [{ id: 'orders', name: 'Orders', upstream, rules: [{ name: 'all', groups: ['*'] }] }],
    limits: { max_tunnels: 100, max_requests: 100 },
  };
  return {
    folder,
    dataDir,
    issuer,
    upstream,
    silentPort,
    config: () => ({ ...healthy }),
    breakProvider: (next) => void (faults = next),
    reset() {
      faults = {};
      rmSync(dataDir, { recursive: true, force: true });
      mkdirSync(dataDir, { mode: 0o700 });
    },
    async look(config, env = {}) {
      writeFileSync(configPath, stringify(config ?? healthy), { mode: 0o600 });
      return runDoctor({
        configPath,
        version: '1.0.0',
        socketName: 'admin.sock',
        load: { env },
        slowDiskMs: Infinity,
        askProgram: noProgram,
      });
    },
    async close() {
      for (const server of [provider, api]) server.closeAllConnections();
      for (const server of [provider, api, silent]) await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes certificate and key as `NAME.pem` and `NAME-key.pem`. */
export async function writeCertificate(folder: string, name: string, host: string, endsInMs: number): Promise<void> {
  const made = await generate([{ name: 'commonName', value: host }], {
    notBeforeDate: new Date(Date.now() - 86_400_000 * 2),
    notAfterDate: new Date(Date.now() + endsInMs),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: host }] }],
  });
  writeFileSync(join(folder, `${name}.pem`), made.cert);
  writeFileSync(join(folder, `${name}-key.pem`), made.private);
  chmodSync(join(folder, `${name}-key.pem`), 0o600);
}

/** Findings that somebody has to do something about. */
export const wrong = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ verdict }) => verdict === 'error' || verdict === 'warning');

/** A config whose API has more keys. */
export const orders = (config: ConfigInput, more: object): ConfigInput => ({
  ...config,
  apis: config.apis.map((api) => ({ ...api, ...more })),
});

/** A config whose provider has more keys. */
export const withIssuer = (config: ConfigInput, more: object): ConfigInput => ({
  ...config,
  issuers: config.issuers.map((issuer) => ({ ...(issuer as object), ...more }) as never),
});

/** A config with two emergency accounts. */
export const withAccounts = (config: ConfigInput): ConfigInput => ({
  ...config,
  break_glass: {
    accounts: ['kim', 'pat'].map((name) => ({ name, groups: ['sre'], sign_in: 'passphrase' as const })),
  },
});
