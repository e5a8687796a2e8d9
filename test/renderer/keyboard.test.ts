import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CausewayBridge } from '../../shared/ipc.ts';
import type { SignInState, Snapshot } from '../../shared/snapshot.ts';
import type { FakeBridgeControls } from '../support/renderer-preview/fake-bridge.ts';
import { launchChromium, openPreview } from '../support/renderer-preview/open-preview.ts';
import { previewStates } from '../support/renderer-preview/preview-states.ts';
import { sampleActivity, signedIn } from '../support/renderer-preview/sample-snapshot.ts';
import { type ServedRenderer, serveRenderer } from '../support/renderer-preview/serve-renderer.ts';

declare global {
  interface Window {
    readonly causeway: CausewayBridge;
    readonly fakeBridge: FakeBridgeControls;
  }
}

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let renderer: ServedRenderer;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [renderer, browser] = await Promise.all([serveRenderer(), launchChromium()]);
  context = await browser.newContext({ viewport: { width: 1240, height: 800 }, reducedMotion: 'reduce' });
});

afterEach(async () => {
  for (const page of context.pages()) await page.close();
});

afterAll(async () => {
  await browser.close();
  await renderer.close();
});

async function open(name: string): Promise<Page> {
  const state = previewStates(Date.now()).find((each) => each.name === name);
  if (state === undefined) throw new Error(`There is no state ${name}`);
  return (await openPreview(context, renderer.url, state)).page;
}

function calls(page: Page): Promise<{ channel: string; argument: unknown }[]> {
  return page.evaluate(() =>
    window.fakeBridge.calls
      .filter(
        ({ channel }) =>
          !channel.endsWith(':get') && !['api:refresh-quotas', 'sessions:list', 'state:watch'].includes(channel),
      )
      .map((call) => structuredClone(call)),
  );
}

const callsOf = async (page: Page, wanted: string) => (await calls(page)).filter(({ channel }) => channel === wanted);
const channels = async (page: Page) => (await calls(page)).map(({ channel }) => channel);

const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');

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

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${name}`);
}

describe('by keyboard alone', () => {
  test('Tab reaches the switch and Space turns it off and on', async () => {
    const page = await open('apis');
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
    const page = await open('settings');
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
    const page = await open('apis');
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
    const page = await open('apis');
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
    const page = await open('api-page');
    const said = widthOnceCopied(page);
    await page.getByRole('button', { name: 'Copy the curl snippet' }).press('Enter');
    await said;
    expect(await calls(page)).toEqual([
      { channel: 'clipboard:write', argument: { text: "curl 'http://127.0.0.1:7101/v1/orders?state=open'" } },
    ]);
  });

  test('Ctrl+2 shows the activity and arrow keys walk its rows', async () => {
    const page = await open('apis');
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
    const page = await open('apis');
    await page.getByRole('button', { name: /^Account of Alice/ }).press('Enter');
    await page.getByRole('menuitem', { name: 'Your sessions' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('End');
    await page.getByRole('menuitem', { name: 'Sign out' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:sign-out'));
  });

  test('Enter in the address field starts the sign-in with the address made whole', async () => {
    const page = await open('sign-in-first-run');
    await page.getByRole('textbox', { name: 'Relay address' }).fill('relay.acme.example');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:start'));
    expect(await calls(page)).toEqual([
      { channel: 'sign-in:start', argument: { relayUrl: 'https://relay.acme.example' } },
    ]);
  });
});

describe('what is pushed', () => {
  test('a new request shows at the top of the activity', async () => {
    const page = await open('activity');
    const [entry] = sampleActivity(Date.now(), 2);
    await page.evaluate((pushed) => window.fakeBridge.pushActivity('acme', [pushed]), {
      ...entry,
      requestId: 'fresh',
      path: '/v1/fresh',
    });
    await page.getByRole('row').nth(1).getByText('/v1/fresh').waitFor();
  });

  test('requests of another profile stay out', async () => {
    const page = await open('activity-empty');
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
    const page = await open('settings-managed');
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
    const page = await open('settings');
    await page.getByRole('radio', { name: 'Dark' }).click();
    await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(17, 20, 25)');
    await expect.poll(() => calls(page)).toEqual([{ channel: 'settings:set', argument: { theme: 'dark' } }]);
  });

  test('of 2,000 APIs only those in view are in the page', async () => {
    const page = await open('apis-large');
    await expect.poll(() => page.getByRole('switch').count()).toBeLessThan(40);
    await page.getByRole('button', { name: 'Service 0000', exact: true }).focus();
    await page.keyboard.press('End');
    await page.getByRole('switch', { name: 'Connect Service 1999' }).waitFor();
    await expect.poll(() => page.getByRole('switch').count()).toBeLessThan(40);
  });

  test('the window asked to show the settings shows them', async () => {
    const page = await open('apis');
    await page.evaluate(() => window.fakeBridge.push('app:did-request', { show: 'settings' }));
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  });

  test('signing in again goes on where the person was', async () => {
    const page = await open('settings');
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
    const page = await open('sign-in-problem');
    await page.getByRole('textbox').fill('not an address');
    await page.getByRole('button', { name: 'Continue in your browser' }).click();
    await page.getByRole('alert').waitFor();
    await expect.poll(() => page.getByRole('alert').count()).toBe(1);
  });

  test('signing out shows the sign-in, whatever was on the screen', async () => {
    const page = await open('settings');
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

describe('what the person is told to do can be done right there', () => {
  test('a locked row leads to its request, and says later that it was made', async () => {
    const page = await open('apis-guarded');
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
    const page = await open(state);
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
      const page = await open('hints-switch');
      await page.getByRole('status', { name: 'Hints for the start' }).getByRole('button', { name }).press('Enter');
      await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'settings:set'));
      expect(await calls(page)).toEqual([{ channel: 'settings:set', argument: { hints: left } }]);
    }
  });

  test('a port that is taken opens the field for another one', async () => {
    const page = await open('api-page-port-taken');
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
    const page = await open('sign-in-first-run');
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    await page.keyboard.type('relay.acme.example');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sign-in:start'));
  });

  test('a sign-in that has ended is asked for in one place, whatever the screen', async () => {
    for (const state of ['expired', 'sessions-expired']) {
      const page = await open(state);
      await expect.poll(() => page.getByRole('button', { name: 'Sign in again' }).count()).toBe(1);
    }
  });

  test('a button keeps its width while it says that it copied', async () => {
    const page = await open('api-page-locked');
    const copy = page.getByRole('button', { name: 'Copy a message to send' });
    const width = (await copy.boundingBox())?.width;
    const whileSaid = widthOnceCopied(page);
    await copy.click();
    expect(await whileSaid).toBe(width);
  });
});

describe('the person’s sessions', () => {
  test('one on another device is ended after a yes, by keyboard, and is gone', async () => {
    const page = await open('sessions');
    await tabTo(page, 'Sign out alice-desktop');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('alertdialog', { name: 'Sign out alice-desktop?' });
    await dialog.getByRole('button', { name: 'Cancel' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('Sign out alice-desktop');
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Signed out alice-desktop').first().waitFor();
    await page.getByRole('heading', { name: 'alice-desktop' }).waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Other devices' }).and(page.locator(':focus')).waitFor();
    await page.getByRole('heading', { name: 'alice-phone' }).waitFor();
    await expect
      .poll(() => callsOf(page, 'sessions:end'))
      .toEqual([{ channel: 'sessions:end', argument: { profileId: 'acme', which: { id: 'sDeskDeskDeskDe' } } }]);
  });

  test('a device gets another name and its own again by keyboard; a wrong name is told, and Escape changes nothing', async () => {
    const page = await open('sessions');
    const field = (name: string) => page.getByRole('textbox', { name: `New name for ${name}` });
    await tabTo(page, 'Rename alice-desktop');
    await page.keyboard.press('Enter');
    await field('alice-desktop').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await field('alice-desktop').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('Rename alice-desktop');

    await page.keyboard.press('Enter');
    await field('alice-desktop').fill('a\u202eb');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'none that controls how text is shown' }).waitFor();
    await field('alice-desktop').fill(' Office ');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Office' }).waitFor();
    await page.getByText('Calls itself alice-desktop, macOS').waitFor();
    await page.getByRole('button', { name: 'Rename Office' }).and(page.locator(':focus')).waitFor();

    await page.keyboard.press('Enter');
    await field('Office').fill('');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'alice-desktop' }).waitFor();
    await expect
      .poll(() => callsOf(page, 'sessions:rename'))
      .toEqual(
        ['Office', ''].map((name) => ({
          channel: 'sessions:rename',
          argument: { profileId: 'acme', id: 'sDeskDeskDeskDe', name },
        })),
      );
  });

  test('the longest names leave each button in a narrow window', async () => {
    const page = await open('long-names-sessions');
    await page.setViewportSize({ width: 440, height: 900 });
    const row = page.getByRole('listitem').filter({ hasText: 'alice-workstation' });
    const text = await row.getByRole('heading').boundingBox();
    const end = await row.getByRole('button', { name: 'Sign out' }).boundingBox();
    expect((text?.x ?? Infinity) + (text?.width ?? 0)).toBeLessThan(440);
    expect(end?.y ?? 0).toBeGreaterThanOrEqual((text?.y ?? Infinity) + (text?.height ?? 0));
    expect((end?.x ?? Infinity) + (end?.width ?? 0)).toBeLessThan(440);
  });

  test('all others end together after a yes; this device stays', async () => {
    const page = await open('sessions');
    await page.getByRole('button', { name: 'Sign out all others' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out all others' }).click();
    await page.getByText('You are signed in nowhere else.').waitFor();
    await page.getByText('signed in', { exact: true }).waitFor();
    await expect
      .poll(() => callsOf(page, 'sessions:end'))
      .toEqual([{ channel: 'sessions:end', argument: { profileId: 'acme', which: 'others' } }]);
  });

  test('a new device leads to the sessions, where it is marked; once they are left it has been seen', async () => {
    const page = await open('new-device');
    await page.getByRole('button', { name: 'Look at it' }).press('Enter');
    await page.getByText('new device', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Look at it' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Control+1');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sessions:seen'));
  });

  test('an end that fails says what to do and can be tried again', async () => {
    const page = await open('sessions-end-failed');
    const problem = page.getByRole('alert').filter({ hasText: 'can’t reach what the relays share' });
    await problem.getByRole('button', { name: 'Try again' }).click();
    await page.waitForFunction(
      () => window.fakeBridge.calls.filter(({ channel }) => channel === 'sessions:end').length === 2,
    );
    await page.getByRole('heading', { name: 'alice-desktop' }).waitFor();
  });
});

describe('what is left of limits', () => {
  const questions = (page: Page) =>
    page.evaluate(() => window.fakeBridge.calls.filter(({ channel }) => channel === 'api:refresh-quotas').length);

  test('is asked for when an API’s page opens and after a request, and of an API without limits only once', async () => {
    const page = await open('api-page-guarded');
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
    const unlimited = await open('api-page');
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
    const page = await open('apis-guarded');
    expect(await questions(page)).toBe(0);
  });
});
