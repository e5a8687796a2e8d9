import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';
import { startHeadlessClient, type HeadlessClient } from '../../support/start-headless-client.ts';
import { startOrders } from '../../support/upstreams/start-orders.ts';
import { PageBrowser } from './page-browser.ts';
import { makeKeyPair } from './saml-certificates.ts';
import { type SamlIdp, startSamlIdp } from './start-saml-idp.ts';

type SamlInput = NonNullable<ConfigInput['saml']>;

/** A relay with a SAML bridge, a SAML provider, one API, and clients that sign in with a browser of their own. */
export interface SamlWorld {
  readonly dir: string;
  readonly dataDir: string;
  readonly relayUrl: string;
  readonly issuer: string;
  readonly idp: SamlIdp;
  readonly browser: PageBrowser;
  newClient(browser?: PageBrowser): Promise<HeadlessClient>;
  restartRelay(): Promise<void>;
  /** Puts the config and the files that it names in force anew. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the world on loopback; when a part fails, those already up are ended before it throws. */
export async function startSamlWorld(
  options: {
    readonly saml?: Partial<SamlInput>;
    readonly binding?: 'redirect' | 'post';
    readonly fromUrl?: boolean;
    readonly configure?: (config: ConfigInput) => ConfigInput;
  } = {},
): Promise<SamlWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-saml-'));
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const idp = await startSamlIdp(options.binding === undefined ? {} : { binding: options.binding });
    closers.push(() => idp.close());
    const orders = await startOrders();
    closers.push(() => orders.close());
    for (const name of ['signing', 'encryption']) {
      const { key, cert } = await makeKeyPair(name);
      writeFileSync(join(dir, `${name}.key`), key, { mode: 0o600 });
      writeFileSync(join(dir, `${name}.pem`), cert);
    }
    writeFileSync(join(dir, 'idp.xml'), idp.metadata());
    const relayPort = await freePort();
    const relayUrl = `http://127.0.0.1:${relayPort}`;
    const dataDir = join(dir, 'data');
    const config: ConfigInput = {
      relay: {
        name: 'Example Company',
        url: relayUrl,
        listen: { host: '127.0.0.1', port: relayPort },
        data: dataDir,
        drain_seconds: 0,
      },
      issuers: [],
      saml: {
        name: 'Example SAML',
        idp: { metadata: options.fromUrl === true ? `${idp.entityId}/metadata` : 'idp.xml' },
        signing: { key: 'signing.key', cert: 'signing.pem' },
        encryption: { key: 'encryption.key', cert: 'encryption.pem' },
        ...options.saml,
      },
      apis: [
        {
          id: 'orders',
          name: 'Orders',
          upstream: orders.url,
          rules: [{ name: 'developers-read', groups: ['developers'], methods: ['GET'] }],
        },
      ],
    };
    const configPath = join(dir, 'relay.yaml');
    writeFileSync(configPath, stringify(options.configure?.(config) ?? config), { mode: 0o600 });
    const begin = async (): Promise<Relay> =>
      startRelay(await loadConfig(configPath), pino({ level: process.env['SAML_LOG'] ?? 'silent' }));
    let relay = await begin();
    closers.push(() => relay.close());
    const issuer = `${relayUrl}/saml-bridge`;
    idp.trust(await (await fetch(`${issuer}/metadata`)).text());
    const world: SamlWorld = {
      dir,
      dataDir,
      relayUrl,
      issuer,
      idp,
      browser: new PageBrowser(),
      async newClient(browser = world.browser) {
        const client = await startHeadlessClient({
          ca: [],
          openBrowser: async (url) => {
            await browser.visit({ url });
          },
        });
        closers.push(() => client.close());
        return client;
      },
      async restartRelay() {
        await relay.close();
        relay = await begin();
      },
      async reload() {
        relay.reload(await loadConfig(configPath));
      },
      close,
    };
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}
