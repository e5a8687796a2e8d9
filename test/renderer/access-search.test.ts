import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let shown: StartedWindow;
let page: Page;

beforeAll(async () => {
  shown = await startPreviewWindow({ width: 1240, height: 800 });
  ({ page } = shown);
});

afterAll(() => shown.close());

const show = (name: string, among?: '2000-apis') => shown.showNamed(name, among);

const field = () => page.getByRole('searchbox', { name: 'Search APIs, roles and requests' });
const headings = () => page.getByRole('heading', { level: 3 }).allTextContents();
const hasFocus = (locator: ReturnType<Page['getByRole']>) => locator.and(page.locator(':focus')).waitFor();

describe('by keyboard', () => {
  test('Ctrl+F leads to the search of the screen, arrows to what it finds and back, Enter to the API’s page', async () => {
    await show('access');
    await page.keyboard.press('Control+f');
    await hasFocus(field());
    await page.keyboard.type('under /v1');
    await page.getByText('2 matches').waitFor();
    expect(await headings()).toEqual(['Ordersread and write', 'Inventoryread']);
    await page.keyboard.press('ArrowDown');
    await hasFocus(page.getByRole('button', { name: 'Orders', exact: true }));
    await page.keyboard.press('ArrowDown');
    await hasFocus(page.getByRole('button', { name: 'Inventory', exact: true }));
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await hasFocus(field());
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Orders' }).waitFor();
  });

  test('Escape takes the search back', async () => {
    await show('access-search');
    await hasFocus(field());
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Inventory', exact: true }).waitFor();
    expect(await field().inputValue()).toBe('');
  });

  test('on a screen without a search of its own, Ctrl+F leads to that of the APIs, also from an API’s page in their place', async () => {
    await shown.look({ width: 720, height: 900 });
    const apis = page.getByRole('searchbox', { name: 'Search APIs' });
    await show('settings');
    await page.keyboard.press('Control+f');
    await hasFocus(apis);
    await show('api-page');
    await page.keyboard.press('Control+f');
    await hasFocus(apis);
    await shown.look({ width: 1240, height: 800 });
  });
});

describe('what is found', () => {
  test('a word shows what fits it, of requests, roles and APIs alike, and nothing else', async () => {
    await show('access-search');
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'Your requests',
      'What you can’t do',
    ]);
    expect(await headings()).toEqual(['Payroll']);
  });

  test('where nothing fits, that is said and there is a way back, which leaves the focus in the field', async () => {
    await show('access-search-nothing');
    await page.getByRole('heading', { name: 'No match' }).waitFor();
    expect(await page.getByRole('status').allTextContents()).toContain('Nothing matches “zq”.');
    await page.getByRole('button', { name: 'Show all' }).press('Enter');
    await hasFocus(field());
    await page.getByRole('heading', { name: 'Inventory' }).waitFor();
    expect(await field().inputValue()).toBe('');
  });

  test('a request that a notice leads to shows, whatever was looked for', async () => {
    await show('access-search-nothing');
    await page.evaluate(() => {
      const { fakeBridge } = window as unknown as {
        readonly fakeBridge: { push(channel: string, value: unknown): void };
      };
      fakeBridge.push('app:did-request', { show: 'request', id: 'pQ3x7LmN0aZb' });
    });
    await page.locator('[aria-current="true"]', { hasText: 'You asked for finance' }).waitFor();
  });
});

describe('among 2,000 APIs', () => {
  test('one is found at once, wherever the page is scrolled, and the field stays in reach', async () => {
    await show('access', '2000-apis');
    const scroller = page.locator('[data-scroller]');
    await scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight / 2 }));
    const top = await field().evaluate((element) => element.getBoundingClientRect().top);
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(60);
    await page.keyboard.press('Control+f');
    await page.keyboard.type('service 1234');
    await page.getByText('1 match').waitFor();
    expect(await headings()).toEqual(['Service 1234read']);
    expect(await scroller.evaluate(({ scrollTop }) => scrollTop)).toBe(0);
  });

  test('rows stand below each other and fill the page to its end, also after a search has changed what is above them', async () => {
    await show('access', '2000-apis');
    await field().fill('service');
    await page.getByText('1,994 matches').waitFor();
    const scroller = page.locator('[data-scroller]');
    for (const part of [0, 0.5, 1]) {
      await scroller.evaluate((element, at) => element.scrollTo({ top: element.scrollHeight * at }), part);
      // Heights are measured as rows come; the list has come to rest when they follow each other.
      await page.waitForFunction(() => {
        const inView = document.querySelector('[data-scroller]')?.getBoundingClientRect();
        const rows = [...document.querySelectorAll('[data-index]')].map((row) => row.getBoundingClientRect());
        const isFilled =
          inView !== undefined &&
          Math.min(...rows.map(({ top }) => top)) < inView.bottom &&
          Math.max(...rows.map(({ bottom }) => bottom)) > inView.bottom - 60;
        return (
          isFilled &&
          rows.every((row, index) => index === 0 || Math.abs(row.top - (rows[index - 1]?.bottom ?? 0)) < 1.5)
        );
      });
    }
    await page.getByRole('heading', { name: 'Service 1993' }).waitFor();
  });
});
