import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SignInState, Snapshot } from '../../shared/snapshot.ts';
import { sampleActivity, signedIn } from '../support/renderer-preview/sample-snapshot.ts';
import { calls, startUsedPreview, type UsedPreview } from '../support/renderer-preview/use-preview.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let used: UsedPreview;
beforeAll(async () => {
  used = await startUsedPreview();
});
afterEach(() => used.closePages());
afterAll(() => used.close());

describe('what is pushed', () => {
  test('a new request shows at the top of the activity', async () => {
    const page = await used.open('activity');
    const [entry] = sampleActivity(Date.now(), 2);
    await page.evaluate((pushed) => window.fakeBridge.pushActivity('acme', [pushed]), {
      ...entry,
      requestId: 'fresh',
      path: '/v1/fresh',
    });
    await page.getByRole('row').nth(1).getByText('/v1/fresh').waitFor();
  });

  test('requests of another profile stay out', async () => {
    const page = await used.open('activity-empty');
    const [entry] = sampleActivity(Date.now(), 2);
    await page.evaluate(
      (pushed) => {
        window.fakeBridge.pushActivity('lab', [{ ...pushed, path: '/foreign' }]);
        window.fakeBridge.pushActivity('acme', [{ ...pushed, path: '/own' }]);
      },
      { ...entry },
    );
    await page.getByText('/own').waitFor();
    expect(await page.getByText('/foreign').count()).toBe(0);
  });

  test('what IT has set shows who set it, and can’t be changed', async () => {
    const page = await used.open('settings-managed');
    await page.getByText('Managed by your organisation').waitFor();
    const isOff = (role: 'radio' | 'switch', name: string) => page.getByRole(role, { name, exact: true }).isDisabled();
    await expect.poll(() => isOff('radio', 'Dark')).toBe(true);
    await expect.poll(() => isOff('switch', 'Start at login')).toBe(true);
    await expect.poll(() => isOff('radio', 'Allow')).toBe(true);
    // Nobody has set these.
    await expect.poll(() => isOff('radio', 'Deutsch')).toBe(false);
    await expect.poll(() => isOff('switch', 'Notifications')).toBe(false);
    expect(await page.getByRole('button', { name: 'Change the port for addresses by name' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Change the port of Orders' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Change the port of Shipping Events' }).waitFor();
    await page.getByText('Port 7101, set by your organisation').waitFor();
    await page.getByText('Service desk, 4711, help@acme.example').first().waitFor();
    const who = 'Set by your organisation for this computer (/etc/causeway/policy.d/20-desk.json)';
    await expect.poll(() => page.getByText(who).count()).toBeGreaterThan(1);
    await page.getByText('there is no setting “startAtLogn”. Did you mean “startAtLogin”?').waitFor();
  });

  test('the theme follows the settings at once', async () => {
    const page = await used.open('settings');
    await page.getByRole('radio', { name: 'Dark' }).click();
    await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(17, 20, 25)');
    await expect.poll(() => calls(page)).toEqual([{ channel: 'settings:set', argument: { theme: 'dark' } }]);
  });

  test('of 2,000 APIs only those in view are in the page', async () => {
    const page = await used.open('apis-large');
    await expect.poll(() => page.getByRole('switch').count()).toBeLessThan(40);
    await page.getByRole('button', { name: 'Service 0000', exact: true }).focus();
    await page.keyboard.press('End');
    await page.getByRole('switch', { name: 'Connect Service 1999' }).waitFor();
    await expect.poll(() => page.getByRole('switch').count()).toBeLessThan(40);
  });

  test('the window asked to show the settings shows them', async () => {
    const page = await used.open('apis');
    await page.evaluate(() => window.fakeBridge.push('app:did-request', { show: 'settings' }));
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  });

  test('signing in again goes on where the person was', async () => {
    const page = await used.open('settings');
    const become = (signIn: SignInState) =>
      page.evaluate(async (state) => {
        const result = await window.causeway.request('state:get');
        if (!result.ok) return;
        const profiles = result.value.snapshot.profiles.map((profile) => ({ ...profile, signIn: state }));
        window.fakeBridge.pushState({ ...result.value.snapshot, profiles });
      }, signIn);
    await become({ status: 'signed-out', problem: null });
    await page.getByRole('button', { name: 'Continue in your browser' }).click();
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:start'));
    await become(signedIn(Date.now()));
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  });

  test('an address that can’t be one is told instead of what the last one met', async () => {
    const page = await used.open('sign-in-problem');
    await page.getByRole('textbox').fill('not an address');
    await page.getByRole('button', { name: 'Continue in your browser' }).click();
    await page.getByRole('alert').waitFor();
    await expect.poll(() => page.getByRole('alert').count()).toBe(1);
  });

  test('signing out shows the sign-in, whatever was on the screen', async () => {
    const page = await used.open('settings');
    await page.evaluate(async () => {
      const result = await window.causeway.request('state:get');
      if (!result.ok) return;
      const profiles = result.value.snapshot.profiles.map((profile) => ({
        ...profile,
        signIn: { status: 'signed-out', problem: null } as const,
      }));
      window.fakeBridge.pushState({ ...result.value.snapshot, profiles } satisfies Snapshot);
    });
    await page.getByRole('button', { name: 'Continue in your browser' }).waitFor();
  });
});

describe('what is left of limits', () => {
  const questions = (page: Page) =>
    page.evaluate(() => window.fakeBridge.calls.filter(({ channel }) => channel === 'api:refresh-quotas').length);

  test('is asked for when an API’s page opens and after a request, and of an API without limits only once', async () => {
    const page = await used.open('api-page-guarded');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'api:refresh-quotas'));
    const before = await questions(page);
    const [entry] = sampleActivity(Date.now(), 2);
    const push = (api: string, requestId: string) =>
      page.evaluate((pushed) => window.fakeBridge.pushActivity('acme', [pushed]), { ...entry, api, requestId });
    await push('orders', 'fresh-1');
    await page.waitForFunction(
      (count) => window.fakeBridge.calls.filter(({ channel }) => channel === 'api:refresh-quotas').length > count,
      before,
    );
    const unlimited = await used.open('api-page');
    await unlimited.waitForFunction(() =>
      window.fakeBridge.calls.some(({ channel }) => channel === 'api:refresh-quotas'),
    );
    await unlimited.evaluate((pushed) => window.fakeBridge.pushActivity('acme', [pushed]), {
      ...entry,
      api: 'orders',
      requestId: 'fresh-2',
      path: '/v1/fresh',
    });
    await unlimited.getByText('/v1/fresh').first().waitFor();
    expect(await questions(unlimited)).toBe(1);
  });

  test('isn’t asked for in the list', async () => {
    const page = await used.open('apis-guarded');
    expect(await questions(page)).toBe(0);
  });
});
