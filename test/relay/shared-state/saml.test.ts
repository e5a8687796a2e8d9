import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refreshTokenGrant } from 'openid-client';
import { pino } from 'pino';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';
import { startOrders } from '../../support/upstreams/start-orders.ts';
import { beginSignIn, reachCallback, wordsOf } from '../saml/bridge-client.ts';
import { PageBrowser } from '../saml/page-browser.ts';
import { makeKeyPair } from '../saml/saml-certificates.ts';
import { type SamlIdp, startSamlIdp } from '../saml/start-saml-idp.ts';
import { type AlternatingFront, startAlternatingFront } from './alternating-front.ts';
import { untilReady } from './relays-world.ts';

const secret = 'a secret of all relays, long enough to be one';

describe.runIf(redisProgram !== null)('the SAML bridge of relays that share Redis', { timeout: 180_000 }, () => {
  const closers: (() => unknown)[] = [];
  const browser = new PageBrowser();
  let dir: string;
  let redis: RedisServer;
  let front: AlternatingFront;
  let idp: SamlIdp;
  let upstream: string;
  let issuer: string;
  let client: HeadlessClient;
  /** The client’s at the provider. */
  let session: string | undefined;

  const configFor = async (name: string, shared: object): Promise<string> => {
    const config: ConfigInput = {
      relay: {
        name: 'Example Company',
        url: front.url,
        listen: { host: '127.0.0.1', port: 0 },
        data: join(dir, name),
        drain_seconds: 0,
      },
      issuers: [],
      saml: {
        name: 'Example SAML',
        idp: { metadata: 'idp.xml' },
        signing: { key: 'signing.key', cert: 'signing.pem' },
      },
      apis: [{ id: 'orders', name: 'Orders', upstream, rules: [{ name: 'read', groups: ['developers'] }] }],
      shared_state: { store: 'redis', url: redis.url, timeout_ms: 5000, ...shared },
    };
    const path = join(dir, `${name}.yaml`);
    writeFileSync(path, stringify(config), { mode: 0o600 });
    return path;
  };
  const startNode = async (name: string, nodeSecret = secret): Promise<Relay> => {
    const path = await configFor(name, { secret: nodeSecret });
    const relay = await startRelay(await loadConfig(path), pino({ level: 'silent' }));
    closers.push(() => relay.close());
    return relay;
  };

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'causeway-saml-nodes-'));
    closers.push(() => rmSync(dir, { recursive: true, force: true }));
    redis = await startRedis();
    closers.push(() => redis.stop());
    front = await startAlternatingFront();
    closers.push(() => front.close());
    idp = await startSamlIdp();
    closers.push(() => idp.close());
    const orders = await startOrders();
    closers.push(() => orders.close());
    upstream = orders.url;
    const { key, cert } = await makeKeyPair('signing');
    writeFileSync(join(dir, 'signing.key'), key, { mode: 0o600 });
    writeFileSync(join(dir, 'signing.pem'), cert);
    writeFileSync(join(dir, 'idp.xml'), idp.metadata());
    front.nodes = (await Promise.all([startNode('first'), startNode('second')])).map(({ url }) => url);
    for (const url of front.nodes)
      await untilReady({
        ask: async (path) => ({ status: (await fetch(`${url}${path}`)).status, headers: {}, body: {} }),
      });
    issuer = `${front.url}/saml-bridge`;
    idp.trust(await (await fetch(`${issuer}/metadata`)).text());
    client = await startHeadlessClient({
      ca: [],
      openBrowser: async (url) => {
        await browser.visit({ url });
      },
    });
    closers.push(() => client.close());
  });
  afterAll(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  it('signs in where each step is at another relay, and both take the tokens', async () => {
    const { id } = await client.signIn(front.url);
    session = idp.last().sessionIndex;
    const { port } = await client.connect(id, 'orders');
    expect((await fetch(`http://127.0.0.1:${port}/v1/orders/4711`)).status).toBe(200);
    const nodesOf = (part: string): number[] =>
      front.served.filter(({ what }) => what.includes(part)).map(({ node }) => node);
    expect(new Set(nodesOf('/saml-bridge/'))).toEqual(new Set([0, 1]));
    expect(nodesOf('/done')).not.toEqual(nodesOf('/acs'));
  });

  it('takes an answer once, at whichever relay, and rotates refresh tokens across them', async () => {
    const signIn = await beginSignIn(issuer);
    const stranger = new PageBrowser();
    const tokens = await signIn.finish(await reachCallback(stranger, signIn.url));
    const answer = stranger.visits.findLast(({ url }) => url.endsWith('/acs'));
    for (const node of front.nodes) {
      const again = await fetch(`${node}/saml-bridge/acs`, { method: 'POST', body: answer?.form ?? null });
      expect(again.status).toBe(400);
      expect(wordsOf(await again.text())).toContain('belongs to no sign-in');
    }
    const renew = (token = '') => refreshTokenGrant(signIn.configuration, token, {}, { DPoP: signIn.dpop });
    const second = await renew(tokens.refresh_token);
    expect(second.token_type).toBe('dpop');
    await expect(renew(tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(renew(second.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('shows nothing of people or tokens to those who read Redis', async () => {
    const reader = await createClient({ url: redis.url }).connect();
    const keys = (await reader.keys('causeway:saml:*')).toSorted();
    expect(keys.some((key) => key.startsWith('causeway:saml:row:RefreshToken:'))).toBe(true);
    for (const key of keys.filter((found) => /:(?:row|keys)/.test(found)))
      expect(Buffer.from(String(await reader.get(key)), 'base64url').toString('latin1')).not.toMatch(
        /alice|Alice|PRIVATE KEY|accountId/,
      );
    for (const key of keys) if (key !== 'causeway:saml:keys') expect(key).not.toContain('p-4711');
    reader.destroy();
  });

  it('ends the tunnel at the relay that has it when the provider signs out at the other', async () => {
    const isSignedIn = (): boolean => client.core.snapshot().profiles[0]?.signIn.status === 'signed-in';
    expect(isSignedIn()).toBe(true);
    const tunnelNode = front.served.findLast(({ what }) => what === 'tunnel')?.node ?? 0;
    const other = front.nodes[1 - tunnelNode] ?? '';
    const answer = await fetch(idp.logoutUrl(session).replace(front.url, other), { redirect: 'manual' });
    expect(answer.status).toBe(303);
    const problem = await client.waitFor('the end of the tunnel', ({ profiles: [profile] }) =>
      profile?.signIn.status === 'expired' ? profile.signIn.problem : null,
    );
    expect(problem).toMatchObject({ code: 'session-revoked' });
  });

  it('isn’t opened by a relay with another secret', async () => {
    await expect(startNode('third', 'another secret, which is also long enough')).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('sealed with another secret'),
    });
  });

  it('needs a secret in the config', async () => {
    const path = await configFor('fourth', {});
    await expect(loadConfig(path)).rejects.toThrow(/needs a secret that the relays share/);
    const short = await configFor('fifth', { secret: 'too short' });
    await expect(loadConfig(short)).rejects.toThrow(/at least 32 characters/);
  });

  it('refuses sign-ins with 503 while Redis is gone', async () => {
    await redis.stop();
    const answer = await fetch(`${front.url}/saml-bridge/acs`, {
      method: 'POST',
      body: new URLSearchParams({ SAMLResponse: 'x', RelayState: 'y' }),
    });
    expect(answer.status).toBe(503);
    expect(wordsOf(await answer.text())).toContain('The store that the relays share can’t be reached');
    redis = await startRedis(redis.port);
  });

  it('begins without Redis, says so, and is ready when it is there, also for sign-ins at the others', async () => {
    const others = front.nodes;
    await redis.stop();
    const late = await startNode('late');
    const readiness = async (relay: Relay) => ({
      status: (await fetch(`${relay.url}/readyz`)).status,
      problems: relay.problems(),
    });
    expect(await readiness(late)).toMatchObject({
      status: 503,
      problems: expect.arrayContaining([
        expect.stringContaining('Example SAML'),
        'The store that the relays share (Redis) can’t be reached.',
      ]),
    });
    expect((await fetch(`${late.url}/healthz`)).status).toBe(200);
    const page = await fetch(`${late.url}/saml-bridge/.well-known/openid-configuration`);
    expect(page.status).toBe(503);
    expect(wordsOf(await page.text())).toContain('has not been reached yet');

    redis = await startRedis(redis.port);
    await expect.poll(() => readiness(late), { timeout: 30_000 }).toMatchObject({ status: 200, problems: [] });
    for (const url of others)
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 }).toBe(200);
    front.nodes = [late.url];
    const newcomer = await startHeadlessClient({
      ca: [],
      openBrowser: async (url) => {
        await new PageBrowser().visit({ url });
      },
    });
    closers.push(() => newcomer.close());
    const { id } = await newcomer.signIn(front.url);
    await newcomer.connect(id, 'orders');
    // Redis had lost the keys: whichever relay wrote them first, all have the same soon.
    const keysOf = async (url: string) => (await fetch(`${url}/saml-bridge/jwks`)).json();
    const keys = await keysOf(late.url);
    for (const url of others) await expect.poll(() => keysOf(url), { timeout: 30_000 }).toEqual(keys);
    front.nodes = others;
    // Each of their connections to Redis comes back in its own time; until then proofs are refused.
    const catalog = async () => {
      await newcomer.core.refreshCatalog(id);
      return newcomer.core.snapshot().profiles[0]?.catalog;
    };
    await expect.poll(catalog, { timeout: 30_000 }).toMatchObject({ status: 'ready', problem: null });
  });
});
