import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refreshTokenGrant } from 'openid-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../support/demo-config.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { type RelayProcess, startRelayProcess } from '../../support/start-relay-process.ts';
import { startOrders } from '../../support/upstreams/start-orders.ts';
import { beginSignIn, reachCallback, wordsOf } from '../saml/bridge-client.ts';
import { PageBrowser } from '../saml/page-browser.ts';
import { makeKeyPair } from '../saml/saml-certificates.ts';
import { type SamlIdp, startSamlIdp } from '../saml/start-saml-idp.ts';
import { type AlternatingFront, startAlternatingFront } from '../shared-state/alternating-front.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const closers: (() => unknown)[] = [];
let idp: SamlIdp;
let relay: RelayProcess;
/** Opens a connection of its own to the relay for each request: workers take idle turns, so each step is at another one. */
let front: AlternatingFront;
let issuer: string;
const clients: HeadlessClient[] = [];
/** The clients’ at the provider. */
const sessions: string[] = [];

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-saml-workers-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  front = await startAlternatingFront();
  closers.push(() => front.close());
  idp = await startSamlIdp();
  closers.push(() => idp.close());
  const orders = await startOrders();
  closers.push(() => orders.close());
  const { key, cert } = await makeKeyPair('signing');
  writeFileSync(join(dir, 'signing.key'), key, { mode: 0o600 });
  writeFileSync(join(dir, 'signing.pem'), cert);
  writeFileSync(join(dir, 'idp.xml'), idp.metadata());
  const config: ConfigInput = {
    relay: {
      name: 'Example Company',
      url: front.url,
      listen: { host: '127.0.0.1', port: 0 },
      data: join(dir, 'data'),
      drain_seconds: 0,
      workers: 2,
    },
    issuers: [],
    saml: {
      name: 'Example SAML',
      idp: { metadata: 'idp.xml' },
      signing: { key: 'signing.key', cert: 'signing.pem' },
    },
    apis: [{ id: 'orders', name: 'Orders', upstream: orders.url, rules: [{ name: 'read', groups: ['developers'] }] }],
    log: { level: 'info' },
  };
  const configPath = join(dir, 'relay.yaml');
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  relay = await startRelayProcess({ configPath, readyTimeoutMs: 120_000 });
  closers.push(() => relay.stop());
  front.nodes = [relay.url];
  issuer = `${front.url}/saml-bridge`;
  idp.trust(await (await fetch(`${issuer}/metadata`)).text());
});

afterAll(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test('both workers publish the same keys', async () => {
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => (await fetch(`${issuer}/jwks`)).json() as Promise<{ keys: unknown[] }>),
  );
  expect(answers[0]?.keys).toHaveLength(1);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test('an answer of the provider is taken once, at whichever worker, and refresh tokens rotate across them', async () => {
  const browser = new PageBrowser();
  const signIn = await beginSignIn(issuer);
  const tokens = await signIn.finish(await reachCallback(browser, signIn.url));
  const answer = browser.visits.findLast(({ url }) => url.endsWith('/acs'));
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const again = await fetch(`${issuer}/acs`, { method: 'POST', body: answer?.form ?? null });
    expect(again.status).toBe(400);
    expect(wordsOf(await again.text())).toContain('belongs to no sign-in');
  }
  const renew = (token = '') => refreshTokenGrant(signIn.configuration, token, {}, { DPoP: signIn.dpop });
  const second = await renew(tokens.refresh_token);
  const third = await renew(second.refresh_token);
  expect(third.token_type).toBe('dpop');
  await expect(renew(tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(renew(third.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
});

test('many sign in at once while both workers write what they remember', async () => {
  const signIns = Array.from({ length: 8 }, async () => {
    const signIn = await beginSignIn(issuer);
    return await signIn.finish(await reachCallback(new PageBrowser(), signIn.url));
  });
  for (const tokens of await Promise.all(signIns)) expect(tokens.token_type).toBe('dpop');
});

test('people sign in and call what they may, with a tunnel on each worker', async () => {
  for (let count = 0; count < 2; count += 1) {
    const browser = new PageBrowser();
    const client = await startHeadlessClient({
      ca: [],
      openBrowser: async (url) => {
        await browser.visit({ url });
      },
    });
    closers.push(() => client.close());
    clients.push(client);
    const { id } = await client.signIn(front.url);
    sessions.push(idp.last().sessionIndex ?? '');
    const { port } = await client.connect(id, 'orders');
    expect((await fetch(`http://127.0.0.1:${port}/v1/orders/4711`)).status).toBe(200);
  }
  const carriers = () => new Set(relay.log.flatMap((line) => (line['event'] === 'opened' ? [line['worker']] : [])));
  await expect.poll(carriers).toEqual(new Set([1, 2]));
});

test('the provider’s sign-out ends the tunnel, at whichever worker it arrives, and the other sign-in goes on', async () => {
  const [first, second] = clients as [HeadlessClient, HeadlessClient];
  const statusOf = ({ core }: HeadlessClient) => core.snapshot().profiles[0]?.signIn.status;
  expect([statusOf(first), statusOf(second)]).toEqual(['signed-in', 'signed-in']);
  const endOf = async (client: HeadlessClient, session = '') => {
    expect((await fetch(idp.logoutUrl(session), { redirect: 'manual' })).status).toBe(303);
    return client.waitFor('the end of the tunnel', ({ profiles: [profile] }) =>
      profile?.signIn.status === 'expired' ? profile.signIn.problem : null,
    );
  };
  expect(await endOf(first, sessions[0])).toMatchObject({ code: 'session-revoked' });
  expect(statusOf(second)).toBe('signed-in');
  expect(await endOf(second, sessions[1])).toMatchObject({ code: 'session-revoked' });
});
