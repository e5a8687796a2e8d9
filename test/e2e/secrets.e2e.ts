import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchedApp } from '../support/launch-app.ts';
import { type AppWorld, filesContaining, signIn, startAppWorld } from './app-world.ts';

async function signOut(app: LaunchedApp): Promise<void> {
  await app.page.getByRole('link', { name: 'Sessions' }).click();
  await app.page.getByRole('button', { name: 'Sign out' }).first().click();
}

// Which password manager a system has can be chosen only on the stand-in.
describe.runIf(process.env['CAUSEWAY_ELECTRON'] !== 'required').each(['basic_text', 'none'])(
  'where the password store is %s',
  (store) => {
    let world: AppWorld;
    const env = { ELECTRON_STAND_IN_PASSWORD_STORE: store };

    beforeAll(async () => {
      world = await startAppWorld();
    });
    afterAll(() => world?.close());

    test('the app says that the sign-in lasts only until it quits, and why; no token is in any file then', async () => {
      const app = await world.launch({ env });
      await signIn(app, world.world.relayUrl, 'alice');
      const kept = await app.page.evaluate(
        'window.causeway.request("state:get").then((answer) => answer.value.snapshot.secretStore)',
      );
      expect(kept).toMatchObject({ kind: 'memory', reason: expect.stringMatching(/\w{7}/) as string });
      await app.page.getByRole('link', { name: 'Sessions' }).click();
      await app.page
        .getByText(/until Causeway quits|quits/i)
        .first()
        .waitFor();
      await app.close();
      expect(filesContaining(world.userDataDir, 'refresh')).toEqual([]);
      const next = await world.launch({ env });
      await next.page.getByLabel('Relay address').waitFor();
    });
  },
);

describe.runIf(process.env['CAUSEWAY_ELECTRON'] !== 'required')('where the password store opens no more', () => {
  let world: AppWorld;

  beforeAll(async () => {
    world = await startAppWorld();
  });
  afterAll(() => world?.close());

  test('the sign-in of last time is said to be there; a sign-out deletes it, and says what it couldn’t do', async () => {
    const stored = (): readonly string[] =>
      Object.keys(JSON.parse(readFileSync(join(world.userDataDir, 'secrets.json'), 'utf8')) as object);
    const first = await world.launch();
    await signIn(first, world.world.relayUrl, 'alice');
    await first.close();
    expect(stored()).not.toEqual([]);

    const locked = await world.launch({ env: { ELECTRON_STAND_IN_PASSWORD_STORE: 'basic_text' } });
    await locked.page.getByText('The stored sign-in can’t be opened').first().waitFor();
    await locked.page.getByText('under the system’s keychain, which can’t be used now').first().waitFor();
    await signIn(locked, world.world.relayUrl, 'alice');
    await signOut(locked);
    await locked.page.getByText('You’re signed out here; the sign-in service wasn’t told').first().waitFor();
    await locked.page.getByText('Its file is deleted').first().waitFor();
    await locked.close();
    expect(stored()).toEqual([]);

    const next = await world.launch();
    await next.page.getByLabel('Relay address').waitFor();
    expect(await next.page.getByText('can’t be opened').count()).toBe(0);
    await next.close();
  });

  test('a provider that refuses to end a sign-in isn’t called wrongly set up', async () => {
    const { idp, relayUrl } = world.world;
    idp.reconfigure({ metadata: { revocation_endpoint: `${idp.issuer}/nothing-here` } });
    const app = await world.launch();
    await signIn(app, relayUrl, 'alice');
    await signOut(app);
    await app.page.getByText('You’re signed out here; the sign-in service wasn’t told').first().waitFor();
    await app.page
      .getByText(/doesn’t let Causeway end a sign-in|The sign-in there may last until/)
      .first()
      .waitFor();
    expect(await app.page.getByText(/isn’t set up|content-type/).count()).toBe(0);
  });
});

describe('tokens on disk', () => {
  let world: AppWorld;
  beforeAll(async () => {
    world = await startAppWorld();
  });
  afterAll(() => world?.close());

  test('no file of the profile holds a token that the provider has issued', async () => {
    const app = await world.launch();
    await signIn(app, world.world.relayUrl, 'alice');
    await app.close();
    // Three letters alone come up by chance in what is encrypted or compressed.
    expect(filesContaining(world.userDataDir, /eyJ[\w-]{10,}\.[\w-]{10,}/)).toEqual([]);
    const next = await world.launch();
    await next.page.getByRole('navigation', { name: 'Screens' }).waitFor();
  });
});
