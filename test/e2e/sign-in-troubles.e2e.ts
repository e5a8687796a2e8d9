import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LaunchedApp, launchApp } from '../support/launch-app.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';
import { type AppWorld, makeProfileFolder, nextSignInPage, removeFolder, signIn, startAppWorld } from './app-world.ts';

describe('a sign-in that goes wrong', () => {
  let world: AppWorld;
  let app: LaunchedApp;

  beforeAll(async () => {
    world = await startAppWorld();
  });
  beforeEach(async () => {
    app = await world.running();
    // A test that failed may have left a sign-in under way.
    const cancel = app.page.getByRole('button', { name: 'Cancel' });
    const address = app.page.getByLabel('Relay address');
    await cancel.or(address).first().waitFor();
    if (await cancel.isVisible()) await cancel.click();
    await address.waitFor();
  });
  afterAll(() => world?.close());

  async function begin(relayUrl: string, of: LaunchedApp = app): Promise<void> {
    await of.page.getByLabel('Relay address').fill(relayUrl);
    await of.page.getByRole('button', { name: 'Continue in your browser' }).click();
  }
  const opened = (): number => app.main.calls.filter(({ name }) => name === 'shell.openExternal').length;

  test('what is no relay is named as such, and no browser opens', async () => {
    const before = opened();
    await begin(world.world.idp.issuer);
    await app.page.getByText('This address isn’t a Causeway relay').first().waitFor();
    expect(opened()).toBe(before);
  });

  test('what is no address is refused with what to do', async () => {
    const before = opened();
    await begin('not an address');
    await app.page.getByRole('alert').filter({ hasText: 'isn’t an address like' }).waitFor();
    expect(opened()).toBe(before);
  });

  test('a browser that was closed can be opened again, and the sign-in cancelled', async () => {
    const opening = nextSignInPage(app);
    await begin(world.world.relayUrl);
    const first = await opening;
    const reopening = nextSignInPage(app);
    await app.page.getByRole('button', { name: 'Open the page again' }).click();
    expect(await reopening).toBe(first);
    await app.page.getByRole('button', { name: 'Cancel' }).click();
    await app.page.getByLabel('Relay address').waitFor();
  });

  test('a refusal at the provider is said in words, in the browser and in the window', async () => {
    const opening = nextSignInPage(app);
    await begin(world.world.relayUrl);
    const end = await signInWithBrowser(await opening, { user: 'alice', decision: 'deny' });
    expect(end.text).toMatch(/refused|didn’t finish|denied/i);
    await app.page.getByText('The sign-in was refused').first().waitFor();
  });

  test('a relay with a certificate that nothing here trusts is refused before anything is sent', async () => {
    const userDataDir = await makeProfileFolder();
    const distrusting = await launchApp({ userDataDir });
    try {
      await distrusting.page.getByLabel('Relay address').waitFor();
      await begin(world.world.relayUrl, distrusting);
      await distrusting.page.getByText('The relay’s certificate isn’t trusted').first().waitFor();
    } finally {
      await distrusting.close();
      removeFolder(join(userDataDir, '..'));
    }
  });

  test('after all of it, a sign-in still works', async () => {
    await signIn(app, world.world.relayUrl, 'carol');
    await app.page.getByText('Inventory').first().waitFor();
  });
});
