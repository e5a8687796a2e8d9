import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeDemoCertificates } from './demo-certificates.ts';
import { demoConfig, type ConfigInput } from './demo-config.ts';
import { freePort } from './free-port.ts';
import { consoleClient } from './idp/idp-provider.ts';
import { startIdp, type Idp, type StartIdpOptions } from './idp/start-idp.ts';
import { startRelayProcess, type RelayProcess, type StartRelayOptions } from './start-relay-process.ts';
import { startInventory } from './upstreams/start-inventory.ts';
import { startOrders, type OrdersUpstream } from './upstreams/start-orders.ts';
import { startPayroll } from './upstreams/start-payroll.ts';
import type { Upstream } from './upstreams/start-upstream.ts';

export interface DemoWorldOptions {
  /** Folder for certificates, configuration and the relay's data; a temporary one, removed at the end, by default. */
  readonly dir?: string;
  readonly idpPort?: number;
  readonly relayPort?: number;
  readonly adminPort?: number;
  readonly idp?: StartIdpOptions;
  readonly suggestPorts?: boolean;
  readonly logLevel?: 'debug' | 'info';
  /** The relay’s main file and environment; those of the sources and of this process by default. */
  readonly relayProcess?: Pick<StartRelayOptions, 'mainPath' | 'env'>;
  /** Changes the demo configuration before it is written. */
  readonly configure?: (config: ConfigInput) => ConfigInput;
  /** Told of each part as it comes up. */
  readonly onProgress?: (part: 'idp' | 'upstreams' | 'relay', url: string) => void;
}

/** The demo company: its identity provider, three APIs, and a relay in a process of its own. */
export interface DemoWorld {
  readonly dir: string;
  readonly relayUrl: string;
  /** The operators’ port. */
  readonly adminUrl: string;
  /** PEM of the authority that signed the relay's certificate. */
  readonly ca: string;
  readonly caPath: string;
  readonly configPath: string;
  /** The relay's data folder, with the audit database. */
  readonly dataDir: string;
  readonly idp: Idp;
  readonly orders: OrdersUpstream;
  readonly payroll: Upstream;
  readonly inventory: Upstream;
  readonly relay: RelayProcess;
  /** Writes the configuration anew; the running relay reloads it. */
  configure(change: (config: ConfigInput) => ConfigInput): void;
  /** Ends the relay's process and starts another with the same configuration and data. */
  restartRelay(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the demo world on loopback. When a part fails to start, those already up are ended before it throws. */
export async function startDemoWorld(options: DemoWorldOptions = {}): Promise<DemoWorld> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'causeway-demo-'));
  const closers: (() => Promise<unknown>)[] = [];
  const started = async <T extends { close(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    closers.push(() => part.close());
    return part;
  };
  let relay: RelayProcess | undefined;
  const close = async (): Promise<void> => {
    await relay?.stop();
    await Promise.all(closers.splice(0).map((closer) => closer()));
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };

  try {
    mkdirSync(join(dir, 'data'), { recursive: true, mode: 0o700 });
    const certificates = await makeDemoCertificates(dir);
    const relayPort = options.relayPort ?? (await freePort());
    const adminPort = options.adminPort ?? (await freePort());
    const relayUrl = `https://127.0.0.1:${relayPort}`;
    const adminUrl = `http://127.0.0.1:${adminPort}`;
    writeFileSync(join(dir, 'console-secret'), consoleClient.secret, { mode: 0o600 });
    const idp = await started(
      startIdp({
        audience: relayUrl,
        consoleOrigin: adminUrl,
        ...(options.idpPort === undefined ? {} : { port: options.idpPort }),
        ...options.idp,
      }),
    );
    options.onProgress?.('idp', idp.issuer);
    const [orders, payroll, inventory] = await Promise.all([
      started(startOrders()),
      started(startPayroll()),
      started(startInventory()),
    ]);
    options.onProgress?.('upstreams', orders.url);

    const configPath = join(dir, 'relay.yaml');
    let config = demoConfig({
      relayUrl,
      relayPort,
      adminPort,
      issuer: idp.issuer,
      clientId: idp.clientId,
      consoleClientId: consoleClient.id,
      audience: idp.audience,
      upstreams: { orders: orders.url, payroll: payroll.url, inventory: inventory.url },
      suggestPorts: options.suggestPorts ?? false,
      logLevel: options.logLevel ?? 'info',
    });
    const configure = (change: (config: ConfigInput) => ConfigInput): void => {
      config = change(config);
      writeFileSync(configPath, stringify(config), { mode: 0o600 });
    };
    configure(options.configure ?? ((unchanged) => unchanged));

    relay = await startRelayProcess({ configPath, ...options.relayProcess });
    options.onProgress?.('relay', relayUrl);
    let current = relay;
    return {
      dir,
      relayUrl,
      adminUrl,
      ca: certificates.ca,
      caPath: certificates.caPath,
      configPath,
      dataDir: join(dir, 'data'),
      idp,
      orders,
      payroll,
      inventory,
      get relay() {
        return current;
      },
      configure,
      async restartRelay() {
        await current.stop();
        current = await startRelayProcess({ configPath, ...options.relayProcess });
        relay = current;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
