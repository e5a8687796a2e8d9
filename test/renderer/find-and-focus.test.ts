import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { FakeBridgeControls } from '../support/renderer-preview/fake-bridge.ts';
import { reconnecting, sampleProfile, sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const nowMs = Date.now();
let shown: StartedWindow;
let page: Page;

beforeAll(async () => {
  shown = await startPreviewWindow({ width: 1440, height: 900 });
  ({ page } = shown);
});

afterAll(() => shown.close());

const show = (name: string) => shown.showNamed(name);

type Bridge = Window & { readonly fakeBridge: FakeBridgeControls };

/** What was asked of the main process to change something or to copy. */
function calls(): Promise<readonly (readonly [string, unknown])[]> {
  return page.evaluate(() =>
    (window as unknown as Bridge).fakeBridge.calls
      .filter(({ channel }) => /^(?:api:(?:connect|disconnect|copy)|clipboard)/.test(channel))
      .map(({ channel, argument }) => [channel, argument?.['text'] ?? argument?.['api']] as const),
  );
}

function push(change: Partial<ProfileSnapshot>): Promise<void> {
  return shown.push(sampleSnapshot(nowMs, { profiles: [sampleProfile(nowMs, change)] }));
}

const focusedTag = () => page.evaluate(() => document.activeElement?.tagName);
const palette = () => page.getByRole('dialog', { name: 'Find and do' });

async function search(typed: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await palette().getByRole('combobox').and(page.locator(':focus')).waitFor();
  await page.keyboard.type(typed);
}

describe('the palette', () => {
  test('does nothing on Enter where nothing matches, and Escape leaves everything as it was', async () => {
    await show('apis');
    await page.locator('#api-orders').focus();
    await search('zzz');
    await page.getByText('Nothing matches “zzz”.').waitFor();
    await page.keyboard.press('Enter');
    await palette().waitFor();
    await page.keyboard.press('Escape');
    await palette().waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.id === 'api-orders');
    expect(await calls()).toEqual([]);
  });

  test.each([
    ['copies the address of what is on', 'ord', 'Enter', [['clipboard:write', 'http://127.0.0.1:7101']]],
    ['switches off what is on', 'ord', 'Control+Enter', [['api:disconnect', 'orders']]],
    ['switches on what is off', 'depl', 'Control+Enter', [['api:connect', 'deployments']]],
    [
      'connects what is off, and copies its address then',
      'feature',
      'Enter',
      [
        ['api:connect', 'feature-flags'],
        ['clipboard:write', 'http://127.0.0.1:7110'],
      ],
    ],
  ] as const)('%s', async (_what, typed, key, expected) => {
    await show('apis');
    await search(typed);
    await page.keyboard.press(key);
    await palette().waitFor({ state: 'detached' });
    await expect.poll(calls).toEqual(expected);
    await expect.poll(focusedTag).not.toBe('BODY');
  });

  test('opens a page with Shift, a locked API’s with Enter alone', async () => {
    await show('settings');
    await search('orders');
    await page.keyboard.press('Shift+Enter');
    await page.getByRole('region', { name: 'Orders' }).waitFor();
    await search('payroll');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Payroll' }).waitFor();
    expect(await calls()).toEqual([]);
  });

  test('goes to a screen, where the heading has the focus', async () => {
    await show('apis');
    await search('sessions');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  });
});

describe('what is copied works as pasted', () => {
  test('where a key is demanded, the main process puts it in: the window never has it', async () => {
    await show('api-page-access-key');
    await page.getByRole('button', { name: 'Copy the curl snippet' }).click();
    const snippet = "curl -H 'X-Causeway-Key: <access-key>' 'http://127.0.0.1:7101/v1/orders?state=open'";
    await expect.poll(calls).toEqual([['api:copy-with-access-key', snippet]]);
  });

  test('an API that is off is switched on first', async () => {
    await show('apis');
    await page.locator('#api-deployments').click();
    await page.getByRole('button', { name: 'Connect and copy the curl snippet' }).click();
    await expect.poll(calls).toEqual([
      ['api:connect', 'deployments'],
      ['clipboard:write', "curl 'http://127.0.0.1:7111/v1/'"],
    ]);
  });
});

describe('the focus never falls to the body', () => {
  test('when the sign-in is done', async () => {
    await show('sign-in-waiting');
    await page.getByRole('button', { name: 'Cancel' }).focus();
    await push({});
    await page.getByRole('heading', { name: 'APIs', level: 1 }).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  });

  test('when a row goes away', async () => {
    await show('apis');
    await page.locator('#api-deployments').focus();
    const { catalog } = sampleProfile(nowMs);
    if (catalog.status !== 'ready') throw new Error('The sample has no catalog.');
    const apis = catalog.catalog.apis.filter(({ id }) => id !== 'deployments');
    await push({ catalog: { ...catalog, catalog: { ...catalog.catalog, apis } } });
    await page.locator('#api-deployments').waitFor({ state: 'detached' });
    await expect.poll(focusedTag).not.toBe('BODY');
  });

  test('when the screen changes by its link', async () => {
    await show('apis');
    await page.getByRole('link', { name: 'Access' }).press('Enter');
    // The link that has the focus before is called so, too.
    await page.getByRole('heading', { name: 'Access', level: 1 }).and(page.locator(':focus')).waitFor();
  });

  test('when a dialog has closed whose opener is gone', async () => {
    await show('sessions-end');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'alice-desktop' }).waitFor({ state: 'detached' });
    await expect.poll(focusedTag).not.toBe('BODY');
  });
});

test('changes of the state are said once, in one polite region', async () => {
  await show('apis');
  const said = page.locator('[data-announcer]');
  await expect.poll(() => said.count()).toBe(1);
  await push({ tunnel: reconnecting('tunnel-down', 'The relay closed the connection.', nowMs) });
  await expect.poll(() => said.textContent()).toBe('Reconnecting to Acme');
  await push({});
  await expect.poll(() => said.textContent()).toBe('Acme is online');
  await push({ connections: {} });
  await expect.poll(() => said.textContent()).toBe('Orders is off. Inventory is off. Shipping events is off');
});
