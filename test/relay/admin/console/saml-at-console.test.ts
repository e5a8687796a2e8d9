import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { ConsoleBrowser } from '../../../support/console-browser.ts';
import type { ConfigInput } from '../../../support/demo-config.ts';
import { freePort } from '../../../support/free-port.ts';
import { startRelayProcess } from '../../../support/start-relay-process.ts';
import { PageBrowser } from '../../saml/page-browser.ts';
import { makeKeyPair } from '../../saml/saml-certificates.ts';
import { type SamlIdp, startSamlIdp } from '../../saml/start-saml-idp.ts';

const closers: (() => unknown)[] = [];
let idp: SamlIdp;
let adminUrl: string;
let issuer: string;

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-saml-console-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  idp = await startSamlIdp();
  closers.push(() => idp.close());
  const { key, cert } = await makeKeyPair('signing');
  writeFileSync(join(dir, 'signing.key'), key, { mode: 0o600 });
  writeFileSync(join(dir, 'signing.pem'), cert);
  writeFileSync(join(dir, 'idp.xml'), idp.metadata());
  const relayPort = await freePort();
  const adminPort = await freePort();
  const relayUrl = `http://127.0.0.1:${relayPort}`;
  adminUrl = `http://127.0.0.1:${adminPort}`;
  issuer = `${relayUrl}/saml-bridge`;
  const config: ConfigInput = {
    relay: {
      name: 'Example Company',
      url: relayUrl,
      listen: { host: '127.0.0.1', port: relayPort },
      data: join(dir, 'data'),
      drain_seconds: 0,
    },
    issuers: [],
    saml: {
      name: 'Example SAML',
      idp: { metadata: 'idp.xml' },
      signing: { key: 'signing.key', cert: 'signing.pem' },
    },
    apis: [{ id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:9', rules: [{ name: 'read', groups: ['*'] }] }],
    admin: {
      listen: { port: adminPort },
      roles: { operator: ['developers'] },
      console: { sign_in: [{ issuer: 'Example SAML', client_id: 'causeway-console' }] },
    },
    log: { level: 'info' },
  };
  const configPath = join(dir, 'relay.yaml');
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  const relay = await startRelayProcess({ configPath });
  closers.push(() => relay.stop());
  idp.trust(await (await fetch(`${issuer}/metadata`)).text());
});
afterAll(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Signs Alice in at the console; what the last step answered. */
async function signIn(browser: ConsoleBrowser) {
  const begun = await browser.ask('/console/auth/start');
  const { location = '' } = begun.headers;
  expect([begun.status, new URL(location).origin]).toEqual([303, new URL(issuer).origin]);
  const { next } = await new PageBrowser().visit({ url: location }, ({ url }) => url.startsWith(adminUrl));
  return browser.deliver(next?.url ?? '');
}

it(
  'people who sign in by SAML use the console, by their groups, until they sign out',
  { timeout: 60_000 },
  async () => {
    const browser = new ConsoleBrowser(adminUrl);
    // The relay asks its own bridge for keys, which it may not have yet.
    await vi.waitFor(async () => expect((await signIn(browser)).status).toBe(303), { timeout: 30_000, interval: 500 });
    const me = await browser.ask('/admin/v1/me');
    expect(JSON.parse(me.text)).toMatchObject({
      person: { issuer, username: 'alice' },
      roles: ['operator'],
      signIn: { at: 'Example SAML' },
    });
    const left = await browser.ask('/console/auth/sign-out', { method: 'POST' });
    const { endSessionUrl } = JSON.parse(left.text) as { endSessionUrl: string };
    expect(endSessionUrl).toContain(`${issuer}/session/end?client_id=causeway-console`);
    expect((await browser.ask('/admin/v1/me')).status).toBe(401);
  },
);

it('people without a group that has a role don’t', { timeout: 60_000 }, async () => {
  idp.say({ attributes: { uid: ['carol'], groups: ['contractors'] } });
  const browser = new ConsoleBrowser(adminUrl);
  expect((await signIn(browser)).status).toBe(403);
  expect(browser.cookies.has('__Host-causeway-console')).toBe(false);
});
