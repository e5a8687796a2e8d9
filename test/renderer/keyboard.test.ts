import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  calls,
  channels,
  focused,
  tabTo,
  startUsedPreview,
  type UsedPreview,
} from '../support/renderer-preview/use-preview.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let used: UsedPreview;
beforeAll(async () => {
  used = await startUsedPreview();
});
afterEach(() => used.closePages());
afterAll(() => used.close());

/** Width of what says “Copied”, or of the button around it, at that moment: it is said too briefly to be looked for afterwards. */
const widthOnceCopied = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new MutationObserver((_changes, observer) => {
          const said = [...document.querySelectorAll('output, button span')].find(
            ({ textContent }) => textContent === 'Copied',
          );
          if (said === undefined) return;
          observer.disconnect();
          resolve((said.closest('button') ?? said).getBoundingClientRect().width);
        }).observe(document.body, { childList: true, characterData: true, subtree: true });
      }),
  );

describe('by keyboard alone', () => {
  test('Tab reaches the switch and Space turns it off and on', async () => {
    const page = await used.open('apis');
    await tabTo(page, 'Connect Orders');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Space');
    await page.getByRole('switch', { name: 'Connect Orders', checked: false }).waitFor();
    await page.keyboard.press('Space');
    await page.getByRole('switch', { name: 'Connect Orders', checked: true }).waitFor();
    await expect.poll(() => channels(page)).toEqual(['api:disconnect', 'api:connect']);
  });

  test('Ctrl+F goes to the search from any screen, Escape clears it, arrow down goes on to the list', async () => {
    const page = await used.open('settings');
    await page.keyboard.press('Control+f');
    const search = page.getByRole('searchbox', { name: 'Search APIs' });
    await search.waitFor();
    await page.keyboard.type('feature');
    await page.getByRole('switch', { name: 'Connect Orders' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await expect.poll(() => search.inputValue()).toBe('');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => document.activeElement?.id === 'api-inventory');
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.activeElement?.id === 'api-payroll');
  });

  test('arrow keys walk the list as fast as they are pressed', async () => {
    const page = await used.open('apis');
    const ids = await page.evaluate(() => [...document.querySelectorAll('button[id^="api-"]')].map(({ id }) => id));
    expect(ids.length).toBeGreaterThan(2);
    await page.locator(`#${ids[0]}`).focus();
    // Both keys at once, before a frame comes in between.
    await page.evaluate(() => {
      for (let presses = 0; presses < 2; presses += 1)
        document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    });
    await page.waitForFunction((id) => document.activeElement?.id === id, ids[2]);
  });

  test('Enter opens an API’s page, Escape closes it and the focus is back on its name', async () => {
    const page = await used.open('apis');
    await page.getByRole('button', { name: 'Orders', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Orders' }).waitFor();
    await page.getByRole('tab', { name: 'curl' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText('await fetch(').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Orders' }).waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.id === 'api-orders');
  });

  test('the snippet in the clipboard is the one shown', async () => {
    const page = await used.open('api-page');
    const said = widthOnceCopied(page);
    await page.getByRole('button', { name: 'Copy the curl snippet' }).press('Enter');
    await said;
    expect(await calls(page)).toEqual([
      { channel: 'clipboard:write', argument: { text: "curl 'http://127.0.0.1:7101/v1/orders?state=open'" } },
    ]);
  });

  test('Ctrl+2 shows the activity and arrow keys walk its rows', async () => {
    const page = await used.open('apis');
    await page.keyboard.press('Control+2');
    const refund = page
      .getByRole('row', { name: /\/v1\/refunds/ })
      .first()
      .getByRole('button');
    await refund.focus();
    const id = await refund.getAttribute('id');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction((before) => !['', before].includes(document.activeElement?.id ?? ''), id);
    const path = await focused(page);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Request' }).getByText(path).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Request' }).waitFor({ state: 'detached' });
  });

  test('the person’s menu opens with Enter and signs out', async () => {
    const page = await used.open('apis');
    await page.getByRole('button', { name: /^Account of Alice/ }).press('Enter');
    await page.getByRole('menuitem', { name: 'Your sessions' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('End');
    await page.getByRole('menuitem', { name: 'Sign out' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:sign-out'));
  });

  test('Enter in the address field starts the sign-in with the address made whole', async () => {
    const page = await used.open('sign-in-first-run');
    await page.getByRole('textbox', { name: 'Relay address' }).fill('relay.acme.example');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:start'));
    expect(await calls(page)).toEqual([
      { channel: 'sign-in:start', argument: { relayUrl: 'https://relay.acme.example' } },
    ]);
  });
});

describe('what the person is told to do can be done right there', () => {
  test('a locked row leads to its request, and says later that it was made', async () => {
    const page = await used.open('apis-guarded');
    await page.getByRole('button', { name: 'Ask for access to Payroll' }).click();
    await page.getByRole('textbox', { name: 'Why you need it' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
    await page.keyboard.type('Month-end close');
    await page.getByRole('button', { name: 'Ask for access', exact: true }).click();
    await page.getByText('You asked for finance').waitFor();
    await page.getByText('finance-leads decides; you are told.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Waiting for a decision').waitFor();
    await page.getByRole('button', { name: 'Payroll', exact: true }).click();
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('textbox', { name: 'Why you need it' }).waitFor();
    await expect.poll(() => channels(page)).toEqual(['api:request-access', 'requests:withdraw']);
  });

  test.each([
    ['sign-in-provider-down', {}],
    ['expired-provider-down', { profileId: 'acme' }],
  ])('the emergency sign-in (%s) begins only behind its warning', async (state, account) => {
    const page = await used.open(state);
    await page.getByRole('button', { name: 'Is company sign-in down?' }).press('Enter');
    await page.getByText('Everyone responsible is told at once.').waitFor();
    expect(await calls(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign in with an emergency account' }).press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:start'));
    expect(await calls(page)).toEqual([
      { channel: 'sign-in:start', argument: { relayUrl: 'https://relay.acme.example', ...account, breakGlass: true } },
    ]);
  });

  test('a hint after the first sign-in is dismissed for good, alone or with those that follow', async () => {
    for (const [name, left] of [
      ['Got it', ['copy', 'go']],
      ['No more hints', []],
    ] as const) {
      const page = await used.open('hints-switch');
      await page.getByRole('status', { name: 'Hints for the start' }).getByRole('button', { name }).press('Enter');
      await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'settings:set'));
      expect(await calls(page)).toEqual([{ channel: 'settings:set', argument: { hints: left } }]);
    }
  });

  test('a port that is taken opens the field for another one', async () => {
    const page = await used.open('api-page-port-taken');
    await page.getByRole('button', { name: 'Choose another port' }).click();
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    await page.keyboard.type('7201');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'api:set-port'));
    expect(await calls(page)).toEqual([
      { channel: 'api:set-port', argument: { profileId: 'acme', api: 'orders', port: 7201 } },
    ]);
  });

  test('the first thing to type has the focus, and Enter goes on', async () => {
    const page = await used.open('sign-in-first-run');
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    await page.keyboard.type('relay.acme.example');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:start'));
  });

  test('a sign-in that has ended is asked for in one place, whatever the screen', async () => {
    for (const state of ['expired', 'sessions-expired']) {
      const page = await used.open(state);
      await expect.poll(() => page.getByRole('button', { name: 'Sign in again' }).count()).toBe(1);
    }
  });

  test('a button keeps its width while it says that it copied', async () => {
    const page = await used.open('api-page-locked');
    const copy = page.getByRole('button', { name: 'Copy a message to send' });
    const width = (await copy.boundingBox())?.width;
    const whileSaid = widthOnceCopied(page);
    await copy.click();
    expect(await whileSaid).toBe(width);
  });
});
