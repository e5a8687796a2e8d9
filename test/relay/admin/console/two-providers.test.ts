import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryAudit } from '../../../../relay/audit/reading/query-audit.ts';
import { ConsoleBrowser } from '../../../support/console-browser.ts';
import { type DemoWorld, startDemoWorld } from '../../../support/demo-world.ts';
import { freePort } from '../../../support/free-port.ts';
import { consoleClient } from '../../../support/idp/idp-provider.ts';
import { type Idp, startIdp } from '../../../support/idp/start-idp.ts';
import { waitFor } from '../../../support/wait-for.ts';

// The second provider’s people are known by ID tokens, as Google’s are; the console’s client is another one than the app’s.
let second: Idp;
let world: DemoWorld;

beforeAll(async () => {
  const adminPort = await freePort();
  const consoleOrigin = `http://127.0.0.1:${adminPort}`;
  second = await startIdp({ consoleOrigin, accessTokenFormat: 'opaque', accessTokenSeconds: 5 });
  world = await startDemoWorld({
    adminPort,
    configure: ({ admin, issuers, ...config }) => ({
      ...config,
      issuers: [
        ...issuers,
        {
          name: 'Second',
          issuer: second.issuer,
          client_id: second.clientId,
          audience: second.clientId,
          token_kind: 'id_token',
          dpop: 'off',
          scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
        },
      ],
      admin: {
        ...admin,
        console: {
          sign_in: [
            ...(admin?.console?.sign_in ?? []),
            { issuer: 'Second', client_id: consoleClient.id, secrets: ['${file:console-secret}'] },
          ],
        },
      },
    }),
  });
});
afterAll(async () => {
  await world?.close();
  await second?.close();
});

const start = (name: string): string => `?${new URLSearchParams({ provider: name }).toString()}`;
const me = async (browser: ConsoleBrowser): Promise<unknown> => JSON.parse((await browser.ask('/admin/v1/me')).text);

it('people choose where they sign in', async () => {
  const browser = new ConsoleBrowser(world.adminUrl);
  const page = await browser.ask('/console/auth/start?to=%2Fconsole%2Faudit');
  expect(page.status).toBe(200);
  expect(page.text).toContain('href="/console/auth/start?provider=Second&amp;to=%2Fconsole%2Faudit"');
  expect(browser.cookies.size).toBe(0);
  expect(JSON.parse((await browser.ask('/console/auth/providers')).text)).toEqual({
    providers: [
      { name: 'Example Company', start: '/console/auth/start?provider=Example+Company' },
      { name: 'Second', start: '/console/auth/start?provider=Second' },
    ],
  });
  expect((await browser.ask(`/console/auth/start${start('Third')}`)).status).toBe(400);
});

it.each(['Example Company', 'Second'])('both providers’ people sign in (%s)', async (name) => {
  const browser = new ConsoleBrowser(world.adminUrl);
  expect((await browser.signIn('dana', start(name))).status).toBe(303);
  expect(await me(browser)).toMatchObject({
    name: 'dana (console)',
    person: { issuer: name === 'Second' ? second.issuer : world.idp.issuer },
    signIn: { at: name },
  });
});

it('groups of an ID token give the role, or none', async () => {
  const answer = await new ConsoleBrowser(world.adminUrl).signIn('alice', start('Second'));
  expect(answer.status).toBe(403);
});

it('the answer of one provider isn’t taken for the other’s (RFC 9207)', async () => {
  const browser = new ConsoleBrowser(world.adminUrl);
  const honest = new URL(await browser.reachCallback('dana', start('Example Company')));
  const other = new URL(await new ConsoleBrowser(world.adminUrl).reachCallback('dana', start('Second')));
  other.searchParams.set('state', honest.searchParams.get('state') ?? '');
  second.resetCounts();
  world.idp.resetCounts();
  const answer = await browser.deliver(other.href);
  expect(answer.status).toBe(400);
  // No code is shown to whom it isn’t of.
  expect([world.idp.counts.token, second.counts.token]).toEqual([0, 0]);
  await waitFor(() => {
    const [newest] = queryAudit(world.dataDir, { limit: 1 });
    expect(newest?.record).toMatchObject({ type: 'authentication-refused', code: 'sign-in-state-mismatch' });
  });
});
