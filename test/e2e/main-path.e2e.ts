import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callWithCurl } from '../support/call-with-curl.ts';
import type { LaunchedApp } from '../support/launch-app.ts';
import { type AppWorld, addressOf, connectApi, ensureSignedIn, signIn, startAppWorld } from './app-world.ts';

describe('the main path, one person and one window', () => {
  let world: AppWorld;
  let app: LaunchedApp;

  beforeAll(async () => {
    world = await startAppWorld();
  });
  beforeEach(async () => {
    app = await world.running();
  });
  afterAll(() => world?.close());

  /** Orders’ local address, with alice signed in and the API connected, whatever came before. */
  async function ordersAddress(): Promise<string> {
    await ensureSignedIn(app, world.world.relayUrl, 'alice');
    return connectApi(app, 'Orders');
  }

  /** Waits until nothing listens at a local address any more. */
  async function expectNothingAt(address: string): Promise<void> {
    const outcome = () =>
      fetch(`${address}/v1/orders/4711`).then(
        ({ status }) => `answered ${status}`,
        () => 'nothing',
      );
    await expect.poll(outcome).toBe('nothing');
  }

  test('a relay that can’t be reached is said in words, and nothing is opened', async () => {
    await app.page.getByLabel('Relay address').fill('https://127.0.0.1:9');
    await app.page.getByRole('button', { name: 'Continue in your browser' }).click();
    await app.page.getByText('The relay can’t be reached').first().waitFor();
    expect(app.main.calls.some(({ name }) => name === 'shell.openExternal')).toBe(false);
  });

  test('alice signs in once, in a browser, and sees what her groups unlock', async () => {
    await signIn(app, world.world.relayUrl, 'alice');
    await app.page.getByRole('switch', { name: 'Connect Orders' }).waitFor();
    await app.page.getByRole('switch', { name: 'Connect Inventory' }).waitFor();
    expect(await app.page.getByText('Payroll').count()).toBe(0);
  });

  test('a connected API answers at its local address through the tunnel', async () => {
    const answer = await callWithCurl(`${await ordersAddress()}/v1/orders/4711`);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ id: 4711 });
  });

  test('a method that no rule allows is refused with the reason', async () => {
    const answer = await fetch(`${await ordersAddress()}/v1/orders/4711`, { method: 'DELETE' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'policy-denied', rule: 'orders-are-kept' });
  });

  test('requests show in Activity, with decision and rule', async () => {
    const address = await ordersAddress();
    await (await fetch(`${address}/v1/orders/4711`)).arrayBuffer();
    await (await fetch(`${address}/v1/orders/4712`, { method: 'DELETE' })).arrayBuffer();
    await app.page.getByRole('link', { name: 'Activity' }).click();
    const table = app.page.getByRole('table', { name: 'Requests' });
    await table.getByText('GET').first().waitFor();
    const denied = table.getByRole('row').filter({ hasText: 'DELETE' }).filter({ hasText: '/v1/orders/4712' }).first();
    await denied.getByRole('button').click();
    await app.page.getByRole('region', { name: 'Request' }).getByText('orders-are-kept').first().waitFor();
  });

  test('closing the window keeps the connection, and says so once', async () => {
    const address = await ordersAddress();
    await app.main.trigger({ type: 'close-window' });
    await app.main.trigger({ type: 'close-window' });
    expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
    if (app.kind === 'stand-in') {
      const said = () => app.main.calls.filter(({ name }) => name === 'Notification.show');
      await expect.poll(said).toHaveLength(1);
    }
    await app.main.trigger({ type: 'second-instance', argv: [] });
  });

  test('after a restart she is still signed in and the connection is back at the same address', async () => {
    const address = await ordersAddress();
    await app.close();
    app = await world.running();
    await app.page.getByRole('navigation', { name: 'Screens' }).waitFor();
    expect(await addressOf(app, 'Orders')).toBe(address);
    expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
  });

  test('signing out closes everything and asks for a sign-in again', async () => {
    const address = await ordersAddress();
    await app.page.getByRole('button', { name: /^Account of/ }).click();
    await app.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await app.page.getByLabel('Relay address').waitFor();
    await expectNothingAt(address);
  });

  test('the window met no script error and nothing that its content policy blocked', () => {
    expect(world.complaints()).toEqual([]);
  });
});
