import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchedApp } from '../support/launch-app.ts';
import { callWithCurl } from '../support/call-with-curl.ts';
import { demoShowcase } from '../support/demo-showcase.ts';
import { findByKeyboard, focusedName, tabTo } from '../support/keyboard.ts';
import { signInWithBrowser } from '../support/sign-in-with-browser.ts';
import { type AppWorld, connectApi, ensureSignedIn, nextSignInPage, startAppWorld } from './app-world.ts';

describe('the app without a mouse, and as axe-core sees it', () => {
  let world: AppWorld;
  let app: LaunchedApp;
  beforeAll(async () => {
    world = await startAppWorld({ configure: demoShowcase });
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

  test.each(['light', 'dark'] as const)('axe-core finds nothing on the sign-in screen, %s', async (theme) => {
    await app.page.getByLabel('Relay address').waitFor();
    await setTheme(theme);
    await expect.poll(findings).toEqual([]);
  });

  test('axe-core finds nothing on a sign-in that failed, nor where its “What’s wrong?” leads', async () => {
    await app.page.getByLabel('Relay address').fill('https://127.0.0.1:9');
    await app.page.getByRole('button', { name: 'Continue in your browser' }).click();
    await app.page.getByText('The relay can’t be reached').first().waitFor();
    await expect.poll(findings).toEqual([]);
    await app.page.getByRole('button', { name: 'What’s wrong?' }).click();
    await app.page.getByText('It fails here: Secure connection (TLS)').waitFor();
    await expect.poll(findings).toEqual([]);
    await app.page.getByRole('button', { name: 'Back' }).click();
    await app.page.getByLabel('Relay address').waitFor();
  });

  describe('by keyboard alone', () => {
    test('alice signs in', async () => {
      const { page } = app;
      await tabTo(page, 'Relay address');
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type(world.world.relayUrl);
      const opening = nextSignInPage(app);
      await page.keyboard.press('Enter');
      await signInWithBrowser(await opening, { user: 'alice' });
      await page.getByRole('navigation', { name: 'Screens' }).waitFor();
      await expect.poll(() => focusedName(page)).toBe('APIs');
    });

    test('finds an API, switches it on and has its address, which works', async () => {
      const copying = app.main.nextCall('clipboard.writeText');
      await findByKeyboard(app.page, 'orders');
      await app.page.keyboard.press('Enter');
      const address = String((await copying).args[0]);
      expect((await callWithCurl(`${address}/v1/orders/4711`)).status).toBe(200);
    });

    test('switches one on and off in the list', async () => {
      const { page } = app;
      const toggle = page.getByRole('switch', { name: 'Connect Inventory' }).first();
      await page.keyboard.press('ControlOrMeta+1');
      for (const checked of [true, false]) {
        await tabTo(page, 'Connect Inventory');
        await page.keyboard.press('Space');
        await expect.poll(() => toggle.isChecked()).toBe(checked);
      }
    });

    test('asks for access', async () => {
      const { page } = app;
      await tabTo(page, 'Ask for access to Payroll');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
      await page.keyboard.type('Payslip of March');
      await tabTo(page, 'Ask for access');
      await page.keyboard.press('Enter');
      await page.getByText('You asked for finance').waitFor();
      await page.keyboard.press('Escape');
    });

    test('changes a setting, and finds out that everything works', async () => {
      const { page } = app;
      await findByKeyboard(page, 'settings');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
      await tabTo(page, /^(?:Light|Dark)$/);
      const [other, key] = (await focusedName(page)) === 'Dark' ? ['Light', 'ArrowLeft'] : ['Dark', 'ArrowRight'];
      const chosen = app.main.nextCall('nativeTheme.themeSource', ({ args }) => args[0] === other?.toLowerCase());
      await page.keyboard.press(key ?? '');
      await expect.poll(() => focusedName(page)).toBe(other);
      await page.keyboard.press('Space');
      await chosen;
      await tabTo(page, 'Look at each step');
      await page.keyboard.press('Enter');
      await page.getByText('Everything works.').waitFor();
      await page.getByText('Bound to this device (DPoP): useless to a thief').waitFor();
    });
  });

  describe.each(['light', 'dark'] as const)('axe-core finds nothing, signed in, %s', (theme) => {
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
      await expect.poll(findings).toEqual([]);
    });

    test('on an API’s page', async () => {
      await app.page.getByRole('link', { name: 'APIs' }).click();
      await app.page.locator('#api-orders').click();
      await app.page.getByText('What you may do').waitFor();
      await expect.poll(findings).toEqual([]);
    });

    test('on a request of the activity', async () => {
      await app.page.getByRole('link', { name: 'Activity' }).click();
      await app.page.getByRole('table', { name: 'Requests' }).getByRole('button').first().click();
      await app.page.getByRole('region', { name: 'Request' }).waitFor();
      await expect.poll(findings).toEqual([]);
    });
  });
});
