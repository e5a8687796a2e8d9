import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LaunchedApp } from '../support/launch-app.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';
import { type AppWorld, signIn, startAppWorld } from './app-world.ts';

describe('a sign-in that goes wrong', () => {
  let world: AppWorld;
  let app: LaunchedApp;
  let opened: number;

  beforeAll(async () => {
    world = await startAppWorld();
    app = await world.launch();
  });
  afterAll(async () => {
    await app.close();
    await world.close();
  });
  beforeEach(async () => {
    opened = app.main.calls.filter(({ name }) => name === 'shell.openExternal').length;
    await app.page.getByLabel('Relay address').waitFor();
  });

  async function begin(relayUrl: string): Promise<void> {
    await app.page.getByLabel('Relay address').fill(relayUrl);
    await app.page.getByRole('button', { name: 'Continue in your browser' }).click();
  }
  const openedPage = async (): Promise<string> =>
    String((await app.main.waitForCall('shell.openExternal', () => true, opened)).args[0]);

  test('what is no relay is named as such, and no browser opens', async () => {
    await begin(world.world.idp.issuer);
    await app.page.getByText('This address isn’t a Causeway relay').first().waitFor();
    expect(app.main.calls.filter(({ name }) => name === 'shell.openExternal')).toHaveLength(opened);
  });

  test('what is no address is refused with what to do', async () => {
    await begin('not an address');
    await app.page
      .getByRole('alert')
      .or(app.page.getByText(/can’t be used|address/))
      .first()
      .waitFor();
    expect(app.main.calls.filter(({ name }) => name === 'shell.openExternal')).toHaveLength(opened);
  });

  test('a browser that was closed can be opened again, and the sign-in cancelled', async () => {
    await begin(world.world.relayUrl);
    const first = await openedPage();
    await app.page.getByRole('button', { name: 'Open the page again' }).click();
    const again = await app.main.waitForCall('shell.openExternal', () => true, opened + 1);
    expect(again.args[0]).toBe(first);
    await app.page.getByRole('button', { name: 'Cancel' }).click();
    await app.page.getByLabel('Relay address').waitFor();
  });

  test('a refusal at the provider is said in words, in the browser and in the window', async () => {
    await begin(world.world.relayUrl);
    const end = await signInWithBrowser(await openedPage(), { user: 'alice', decision: 'deny' });
    expect(end.text).toMatch(/refused|didn’t finish|denied/i);
    await app.page.getByText('The sign-in was refused').first().waitFor();
  });

  test('a relay with a certificate that nothing here trusts is refused before anything is sent', async () => {
    await app.close();
    app = await world.launch({ env: { CAUSEWAY_CA_FILE: '' } });
    await app.page.getByLabel('Relay address').waitFor();
    await begin(world.world.relayUrl);
    await app.page.getByText('The relay’s certificate isn’t trusted').first().waitFor();
    await app.close();
    app = await world.launch();
  });

  test('after all of it, a sign-in still works', async () => {
    await signIn(app, world.world.relayUrl, 'carol');
    await app.page.getByText('Inventory').first().waitFor();
  });
});
