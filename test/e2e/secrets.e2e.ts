import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppWorld, filesContaining, signIn, startAppWorld } from './app-world.ts';

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
        'window.causeway.request("state:get").then((answer) => answer.value.secretStore)',
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
