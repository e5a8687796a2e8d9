import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callWithCurl } from '../support/call-with-curl.ts';
import type { LaunchedApp } from '../support/launch-app.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';
import { type AppWorld, ensureSignedIn, nextSignInPage, startAppWorld } from './app-world.ts';

// Links of the system can be opened from outside only on the stand-in.
const onStandIn = process.env['CAUSEWAY_ELECTRON'] !== 'required';

describe('alice and bob at one relay, in one window', () => {
  let world: AppWorld;
  let app: LaunchedApp;

  beforeAll(async () => {
    world = await startAppWorld();
    app = await world.launch();
    await ensureSignedIn(app, world.world.relayUrl, 'alice');
    const opening = nextSignInPage(app);
    await app.page.getByRole('button', { name: /^Relay / }).click();
    await app.page.getByRole('menuitem', { name: /^Another account at / }).click();
    await signInWithBrowser(await opening, { user: 'bob' });
    await app.page.getByRole('button', { name: /^Relay .*bob/ }).waitFor();
  });
  afterAll(() => world?.close());

  /** Brings an account to the front, as a person does. */
  async function show(user: string): Promise<void> {
    const { page } = app;
    await page.getByRole('button', { name: /^Relay / }).click();
    await page.getByRole('menuitemradio', { name: new RegExp(user) }).click();
    await page.getByRole('button', { name: new RegExp(`^Relay .*${user}`) }).waitFor();
    await page.getByRole('link', { name: 'APIs' }).click();
  }

  /** What the window knows of an account: whether it is signed in, and the address of the API that both have. */
  const known = (user: string): Promise<{ readonly signIn: string; readonly address: string | null }> =>
    app.page.evaluate(async (who) => {
      const { causeway } = window as unknown as { causeway: Bridge };
      const { profiles } = (await causeway.request('state:get')).value.snapshot;
      const profile = profiles.find(({ account }) => account?.startsWith(who) === true);
      const connection = profile?.connections['inventory'];
      const isOpen = profile?.tunnel.status === 'open' && connection?.status === 'on';
      return { signIn: profile?.signIn.status ?? 'signed-out', address: isOpen ? (connection?.address ?? null) : null };
    }, user);

  async function addressOf(user: string): Promise<string> {
    await expect.poll(async () => (await known(user)).address).not.toBeNull();
    return (await known(user)).address ?? '';
  }

  test('each has the APIs of their own groups, and an address of their own where both have one', async () => {
    const { page } = app;
    const addresses: string[] = [];
    for (const [user, own, others] of [
      ['bob', 'Payroll', 'Orders'],
      ['alice', 'Orders', 'Payroll'],
    ] as const) {
      await show(user);
      await page.getByRole('switch', { name: `Connect ${own}` }).waitFor();
      expect(await page.getByRole('switch', { name: `Connect ${others}` }).count()).toBe(0);
      await page.getByRole('switch', { name: 'Connect Inventory' }).first().click();
      const address = await addressOf(user);
      addresses.push(address);
      await callWithCurl(`${address}/v1/items?by=${user}`);
    }
    expect(new Set(addresses).size).toBe(2);
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('button', { name: '/v1/items' }).first().waitFor();
    // Both asked once, and each sees only their own.
    await expect.poll(() => page.getByRole('button', { name: '/v1/items' }).count()).toBe(1);
  });

  test.runIf(onStandIn)('a link that fits both asks which is meant, and leads there', async () => {
    const { page } = app;
    await app.main.trigger({ type: 'second-instance', argv: ['causeway', 'causeway://api/inventory'] });
    const dialog = page.getByRole('dialog', { name: 'Which Inventory do you mean?' });
    await dialog.getByRole('button', { name: /bob/ }).click();
    await page.getByRole('button', { name: /^Relay .*bob/ }).waitFor();
    await page.getByRole('heading', { name: 'Inventory', exact: true }).first().waitFor();
    await dialog.waitFor({ state: 'detached' });
  });

  test('signing one out leaves the other signed in and connected', async () => {
    const { page } = app;
    await show('bob');
    await page.getByRole('button', { name: /^Account of Bob/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect.poll(async () => (await known('bob')).signIn).toBe('signed-out');
    const address = await addressOf('alice');
    expect((await callWithCurl(`${address}/v1/items`)).status).toBe(200);
  });
});

interface Bridge {
  request(channel: 'state:get'): Promise<{
    readonly value: {
      readonly snapshot: {
        readonly profiles: readonly {
          readonly account?: string;
          readonly signIn: { readonly status: string };
          readonly tunnel: { readonly status: string };
          readonly connections: Readonly<
            Record<string, { readonly status: string; readonly address: string } | undefined>
          >;
        }[];
      };
    };
  }>;
}
