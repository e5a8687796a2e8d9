import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright';
import { Agent, fetch as fetchWith } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { LaunchedApp } from '../support/launch-app.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';
import { type AppWorld, connectApi, ensureSignedIn, nextSignInPage, startAppWorld } from './app-world.ts';

const run = promisify(execFile);

describe('an API’s page says what stands between a person and an answer', () => {
  let world: AppWorld;
  let app: LaunchedApp;

  beforeAll(async () => {
    const everybody = { groups: ['*'], paths: ['/v1/**'] };
    world = await startAppWorld({
      configure: (config) => ({
        ...config,
        apis: config.apis.map((api) => {
          switch (api.id) {
            case 'orders':
              return {
                ...api,
                request_limits: [{ name: 'monthly', requests: 1000, every: 'month' as const }],
                rules: [
                  { ...everybody, name: 'reads', methods: ['GET'] },
                  { ...everybody, name: 'writes', methods: ['PATCH'], max_auth_age: 600 },
                ],
              };
            case 'inventory':
              return { ...api, request_limits: [{ name: 'samples', requests: 3, every: 'month' as const }] };
            default:
              return {
                ...api,
                when_locked: 'show' as const,
                access_requests: { roles: ['finance'], approvers: ['relay-admins'], max_hours: 8 },
              };
          }
        }),
      }),
    });
    // Signed in long ago, as the sign-in service says it, until a fresh sign-in.
    signedInLongAgo(true);
  });
  beforeEach(async () => {
    app = await world.running();
    await ensureSignedIn(app, world.world.relayUrl, 'alice');
  });
  afterAll(() => world?.close());

  function signedInLongAgo(longAgo: boolean): void {
    const auth_time = Math.floor(Date.now() / 1000) - 3600;
    world.world.idp.reconfigure({ accessTokenClaims: longAgo ? { auth_time } : {} });
  }

  async function openPage(api: string, name: string): Promise<Locator> {
    const page = app.page.getByRole('region', { name, exact: true });
    await app.page.locator(`#api-${api}`).click();
    await page.waitFor();
    return page;
  }

  async function findings(): Promise<readonly string[]> {
    await app.page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))');
    const { violations } = await new AxeBuilder({ page: app.page })
      .setLegacyMode()
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  async function call(address: string, path: string, count: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let made = 0; made < count; made += 1) {
      const answer = await fetch(`${address}${path}`);
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
    return statuses;
  }

  test('what is left of a quota follows the calls while the page is open', async () => {
    const address = await connectApi(app, 'Orders');
    const page = await openPage('orders', 'Orders');
    const meter = page.getByRole('meter', { name: 'Left of monthly' });
    await meter.waitFor();
    const left = Number(await meter.getAttribute('value'));
    expect(await call(address, '/v1/orders/4711', 3)).toEqual([200, 200, 200]);
    await page.getByText(`${left - 3} left`, { exact: true }).waitFor();
    await page.getByText('of 1,000 requests a month, resets').waitFor();
    await expect.poll(findings).toEqual([]);
  });

  test('a quota that is used up says so on its page and in the list, with until when', async () => {
    const address = await connectApi(app, 'Inventory');
    const page = await openPage('inventory', 'Inventory');
    await call(address, '/v1/items', 4);
    await page.getByText('used up', { exact: true }).waitFor();
    expect((await fetch(`${address}/v1/items`)).status).toBe(429);
    await app.page.getByRole('link', { name: 'APIs' }).click();
    await app.page
      .getByText(/quota used up, resets in \d+ (?:d|h|min|s)/)
      .filter({ visible: true })
      .first()
      .waitFor();
    await expect.poll(findings).toEqual([]);
  });

  test('a rule that asks for a fresh sign-in is marked, asks once, and passes afterwards', async () => {
    const address = await connectApi(app, 'Orders');
    await app.page.getByText('sign in again to write').first().waitFor({ state: 'attached' });
    const page = await openPage('orders', 'Orders');
    await page.getByText('Writing asks for a sign-in from the last 10 minutes.').waitFor();
    const write = () => fetch(`${address}/v1/orders/4711`, { method: 'PATCH', body: '{"status":"packed"}' });
    expect((await write()).status).toBe(403);
    const banner = app.page.getByRole('region', { name: 'Notice' });
    await banner.getByText('Sign in again for Orders').waitFor();
    await expect.poll(findings).toEqual([]);
    signedInLongAgo(false);
    const opening = nextSignInPage(app);
    await banner.getByRole('button', { name: 'Sign in again' }).click();
    const end = await signInWithBrowser(await opening, { user: 'alice' });
    expect(end.text).toContain('You’re signed in');
    // Another matter may have a banner of its own then.
    await banner.getByText(/Sign in again for Orders|Finish signing in again/).waitFor({ state: 'detached' });
    expect((await write()).status).not.toBe(403);
  });

  test('a fresh sign-in can be made before it is missed, and called off', async () => {
    const page = await openPage('orders', 'Orders');
    const opening = nextSignInPage(app);
    await page.getByRole('button', { name: 'Sign in again now' }).click();
    await opening;
    await page.getByText('Finish it in your browser.').waitFor();
    const banner = app.page.getByRole('region', { name: 'Notice' });
    await banner.getByRole('button', { name: 'Cancel' }).click();
    await banner.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('button', { name: 'Sign in again now' }).waitFor();
    await banner.getByText('Sign in again for Orders').waitFor({ state: 'detached' });
  });

  test.runIf(process.platform !== 'win32')('the snippet for the Unix socket works as it is pasted', async () => {
    await connectApi(app, 'Orders');
    const page = await openPage('orders', 'Orders');
    await page.getByText('Unix socket').waitFor();
    await page.getByRole('tab', { name: 'Docker' }).click();
    await page.getByText('docker run').waitFor();
    await page.getByRole('tab', { name: 'Socket' }).click();
    await page.getByRole('tabpanel').getByText('curl --unix-socket').waitFor();
    const snippet = await page.getByRole('tabpanel').innerText();
    const { stdout } = await run('sh', ['-c', snippet]);
    expect(JSON.parse(stdout)).toMatchObject({ id: 4711 });
    const copying = app.main.nextCall('clipboard.writeText');
    await page.getByRole('button', { name: 'Copy the socket’s path of Orders' }).click();
    expect(snippet).toContain(String((await copying).args[0]));
    await expect.poll(findings).toEqual([]);
  });

  test('the page says who can use the address, and an access key can be demanded and copied', async () => {
    const address = await connectApi(app, 'Orders');
    const page = await openPage('orders', 'Orders');
    await page.getByText(process.platform === 'linux' ? 'Only your programs' : 'Every user of this computer').waitFor();
    const key = page.getByRole('switch', { name: 'Require a key for Orders' });
    await key.click();
    await page.getByText('Only requests with the header X-Causeway-Key').waitFor();
    await expect.poll(async () => (await fetch(`${address}/v1/orders/4711`)).status, { timeout: 60_000 }).toBe(403);
    const copying = app.main.nextCall('clipboard.writeText');
    await page.getByRole('button', { name: 'Copy key' }).click();
    const headers = { 'x-causeway-key': String((await copying).args[0]) };
    expect((await fetch(`${address}/v1/orders/4711`, { headers })).status).toBe(200);
    await expect.poll(findings).toEqual([]);
    await key.click();
    await page.getByText('Only requests with the header').waitFor({ state: 'detached' });
    await expect.poll(async () => (await fetch(`${address}/v1/orders/4711`)).status, { timeout: 60_000 }).toBe(200);
  });

  test('a locked API says what unlocks it and takes a request; approved, it opens by itself', async () => {
    const page = await openPage('payroll', 'Payroll');
    await page.getByText('Unlocked by the group finance.').waitFor();
    await page.getByText('causeway request-access payroll --role finance').waitFor();
    await page.getByRole('button', { name: 'Ask for access', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'Say why' }).waitFor();
    await expect.poll(findings).toEqual([]);
    await page.getByRole('textbox').fill('Year-end check');
    await page.getByRole('button', { name: 'Ask for access', exact: true }).click();
    await page.getByText('You asked for finance').waitFor();
    const words = await page.getByText(/^Quote [\w-]+ when/).innerText();
    await approve(/^Quote ([\w-]+)/.exec(words)?.[1] ?? '');
    await page.getByRole('switch', { name: 'Connect Payroll' }).waitFor();
  });

  async function approve(id: string): Promise<void> {
    const { relayUrl, ca, idp } = world.world;
    const dispatcher = new Agent({ connect: { ca } });
    try {
      const token = await idp.mintAccessToken({ user: 'dana' });
      const answer = await fetchWith(`${relayUrl}/v1/access-requests/${id}/approve`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{}',
        dispatcher,
      });
      expect(answer.status, await answer.text()).toBe(200);
    } finally {
      await dispatcher.close();
    }
  }

  test('while the relay is away the page says what is going on, and who waits gets the answer', async () => {
    const address = await connectApi(app, 'Orders');
    const page = await openPage('orders', 'Orders');
    await world.world.relay.stop();
    const away = page
      .getByText(/The tunnel to the relay is down|The relay can’t be reached|The relay is restarting/)
      .first();
    await away.waitFor();
    // Who has waited for ten seconds gets 503, which says so, and asks again.
    let isOver = false;
    const untilAnswered = async (): Promise<number> => {
      for (;;) {
        const { status } = await fetch(`${address}/v1/orders/4711`);
        if (status !== 503 || isOver) return status;
      }
    };
    const waiting = untilAnswered();
    waiting.catch(() => undefined);
    onTestFinished(() => void (isOver = true));
    await page
      .getByText(/1 connection is waiting/)
      .first()
      .waitFor();
    await expect.poll(findings).toEqual([]);
    await world.world.restartRelay();
    await app.main.trigger({ type: 'power', event: 'resume' });
    expect(await waiting).toBe(200);
    await away.waitFor({ state: 'detached' });
    expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
  });
});
