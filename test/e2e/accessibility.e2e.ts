import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchedApp } from '../support/launch-app.ts';
import { type AppWorld, connectApi, ensureSignedIn, startAppWorld } from './app-world.ts';

describe('axe-core finds nothing', () => {
  let world: AppWorld;
  let app: LaunchedApp;
  beforeAll(async () => {
    world = await startAppWorld();
    app = await world.launch();
  });
  afterAll(() => world?.close());

  async function findings(): Promise<readonly string[]> {
    // Contrast is of the finished picture, not of a transition on the way.
    await app.page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))');
    const { violations } = await new AxeBuilder({ page: app.page })
      .setLegacyMode()
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  async function setTheme(theme: 'light' | 'dark'): Promise<void> {
    await app.page.evaluate(`window.causeway.request('settings:set', { theme: '${theme}' })`);
    await app.page.waitForFunction(
      (wanted) =>
        document.documentElement.dataset['theme'] === wanted &&
        matchMedia('(prefers-color-scheme: dark)').matches === (wanted === 'dark'),
      theme,
    );
  }

  test.each(['light', 'dark'] as const)('on the sign-in screen, %s', async (theme) => {
    await app.page.getByLabel('Relay address').waitFor();
    await setTheme(theme);
    expect(await findings()).toEqual([]);
  });

  test('on a sign-in that failed', async () => {
    await app.page.getByLabel('Relay address').fill('https://127.0.0.1:9');
    await app.page.getByRole('button', { name: 'Continue in your browser' }).click();
    await app.page.getByText('The relay can’t be reached').first().waitFor();
    expect(await findings()).toEqual([]);
  });

  describe.each(['light', 'dark'] as const)('signed in, %s', (theme) => {
    beforeAll(async () => {
      await ensureSignedIn(app, world.world.relayUrl, 'alice');
      const address = await connectApi(app, 'Orders');
      await fetch(`${address}/v1/orders/4711`);
      await fetch(`${address}/v1/orders/4711`, { method: 'DELETE' });
      await setTheme(theme);
    });

    test.each(['APIs', 'Activity', 'Access', 'Sessions', 'Settings'])('on %s', async (screen) => {
      await app.page.getByRole('link', { name: screen }).click();
      await app.page.getByRole('heading', { name: screen, level: 1 }).waitFor();
      expect(await findings()).toEqual([]);
    });

    test('on an API’s page', async () => {
      await app.page.getByRole('link', { name: 'APIs' }).click();
      await app.page.locator('#api-orders').click();
      await app.page.getByText('What you may do').waitFor();
      expect(await findings()).toEqual([]);
    });

    test('on a request of the activity', async () => {
      await app.page.getByRole('link', { name: 'Activity' }).click();
      await app.page.getByRole('table', { name: 'Requests' }).getByRole('button').first().click();
      await app.page.getByRole('region', { name: 'Request' }).waitFor();
      expect(await findings()).toEqual([]);
    });
  });
});
