import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  callsOf,
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

describe('the person’s sessions', () => {
  test('one on another device is ended after a yes, by keyboard, and is gone', async () => {
    const page = await used.open('sessions');
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
    const page = await used.open('sessions');
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
    const page = await used.open('long-names-sessions');
    await page.setViewportSize({ width: 440, height: 900 });
    const row = page.getByRole('listitem').filter({ hasText: 'alice-workstation' });
    const text = await row.getByRole('heading').boundingBox();
    const end = await row.getByRole('button', { name: 'Sign out' }).boundingBox();
    expect((text?.x ?? Infinity) + (text?.width ?? 0)).toBeLessThan(440);
    expect(end?.y ?? 0).toBeGreaterThanOrEqual((text?.y ?? Infinity) + (text?.height ?? 0));
    expect((end?.x ?? Infinity) + (end?.width ?? 0)).toBeLessThan(440);
  });

  test('all others end together after a yes; this device stays', async () => {
    const page = await used.open('sessions');
    await page.getByRole('button', { name: 'Sign out all others' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out all others' }).click();
    await page.getByText('You are signed in nowhere else.').waitFor();
    await page.getByText('signed in', { exact: true }).waitFor();
    await expect
      .poll(() => callsOf(page, 'sessions:end'))
      .toEqual([{ channel: 'sessions:end', argument: { profileId: 'acme', which: 'others' } }]);
  });

  test('a new device leads to the sessions, where it is marked; once they are left it has been seen', async () => {
    const page = await used.open('new-device');
    await page.getByRole('button', { name: 'Look at it' }).press('Enter');
    await page.getByText('new device', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Look at it' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Control+1');
    await page.waitForFunction(() => window.fakeBridge.calls.some(({ channel }) => channel === 'sessions:seen'));
  });

  test('an end that fails says what to do and can be tried again', async () => {
    const page = await used.open('sessions-end-failed');
    const problem = page.getByRole('alert').filter({ hasText: 'can’t reach what the relays share' });
    await problem.getByRole('button', { name: 'Try again' }).click();
    await page.waitForFunction(
      () => window.fakeBridge.calls.filter(({ channel }) => channel === 'sessions:end').length === 2,
    );
    await page.getByRole('heading', { name: 'alice-desktop' }).waitFor();
  });
});
