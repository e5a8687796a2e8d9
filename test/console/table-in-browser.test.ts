import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../console/api/admin-api.ts';
import { openConsole } from '../support/console-preview/open-console.ts';
import { sampleAnswers } from '../support/console-preview/sample-answers.ts';
import { useConsole } from '../support/console-preview/use-console.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const pageSize = 1000;
const count = 3 * pageSize;

/** A session among very many. */
function sessionOf(index: number): Session {
  const name = `person-${String(count - index).padStart(5, '0')}`;
  return {
    id: `s-${index}`,
    kind: 'person',
    issuer: 'https://login.example.com',
    provider: 'Example Company',
    subject: name,
    username: name,
    device: { name: `=laptop-${index}`, system: 'Linux', appVersion: '0.1.0' },
    chosenName: null,
    acr: null,
    signedInAtMs: null,
    binding: 'key',
    sinceMs: 1_700_000_000_000,
    lastUsedAtMs: 1_764_000_000_000 - index * 1000,
    addresses: { '203.0.113.9': 1 },
    apis: {},
    openTunnels: 1,
    ended: null,
  };
}

const inChromium = useConsole();
let context: BrowserContext;
let page: Page;
let acts: Awaited<ReturnType<typeof openConsole>>['acts'];

beforeEach(async () => {
  context = await inChromium.browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
    origin: new URL(inChromium.served.url).origin,
  });
  const answers = {
    ...sampleAnswers(Date.now()),
    '/admin/v1/sessions': (url: URL) => {
      const from = Number(url.searchParams.get('cursor') ?? 0);
      const sessions = Array.from({ length: pageSize }, (_, index) => sessionOf(from + index));
      return { sessions, next: from + pageSize < count ? String(from + pageSize) : null };
    },
  };
  ({ page, acts } = await openConsole(context, `${inChromium.served.url}people?view=sessions`, answers));
  await cell('person-03000').waitFor();
});
afterEach(() => context.close());

const cell = (name: string) => page.getByRole('gridcell', { name, exact: true });
const copied = () => page.evaluate(() => navigator.clipboard.readText());
const focused = () => page.evaluate(() => (document.activeElement as HTMLElement | null)?.innerText ?? '');

describe('the table by keyboard', () => {
  test('arrows move from cell to cell, also to rows that aren’t drawn; only rows in view are in the page', async () => {
    await cell('person-03000').focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toBe('person-02999');
    await page.keyboard.press('ArrowRight');
    await expect.poll(focused).toBe('=laptop-1');
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Home');
    await expect.poll(focused).toBe('person-02001');
    await expect.poll(() => page.getByRole('row').count()).toBeLessThan(120);
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(pageSize + 1));
    await page.keyboard.press('Control+Home');
    await expect.poll(focused).toBe('person-03000');
  });

  test('copies the cell, and with Alt the row', async () => {
    await cell('person-02999').focus();
    await page.keyboard.press('Control+c');
    await expect.poll(copied).toBe('person-02999');
    await page.keyboard.press('Control+Alt+c');
    await expect.poll(copied).toMatch(/^person-02999\t=laptop-1\tconnected\t2025-/);
  });

  test('Enter opens what the row is about, and going back shows the same view', async () => {
    await cell('person-02998').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/people\/[\w-]+$/);
    await page.goBack();
    await cell('person-02998').waitFor();
    await expect.poll(() => new URL(page.url()).search).toBe('?view=sessions');
  });

  test('Enter on the button’s cell asks for the reason, and Escape changes nothing and gives the focus back', async () => {
    await cell('person-03000').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'End the session of person-03000?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('End');
    expect(acts).toEqual([]);
  });

  test.each([
    ['audit/5000?since=30d', 'Record', '?since=30d'],
    ['anomalies/finding-0', 'Many denials', ''],
  ])('Escape closes what is opened on %s, and the focus goes to its row', async (path, panel, search) => {
    await page.goto(new URL(path, inChromium.served.url).href);
    await page.getByRole('region', { name: panel }).waitFor();
    await page.getByRole('row', { selected: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: panel }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe(search);
    await expect.poll(() => page.evaluate(() => document.activeElement?.matches('[data-cell]') === true)).toBe(true);
  });

  test('Escape in a question of what is opened closes the question alone', async () => {
    await page.goto(new URL('anomalies/finding-0', inChromium.served.url).href);
    const panel = page.getByRole('region', { name: 'Many denials' });
    await panel.getByRole('button', { name: 'I’ve looked at it' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await panel.count()).toBe(1);
  });
});

describe('the view', () => {
  test('is in the address: sort, and columns', async () => {
    await page.getByRole('columnheader', { name: 'Person' }).getByRole('button').click();
    await cell('person-02001').waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Device' }).click();
    await page.keyboard.press('Escape');
    const inAddress = (name: string) => new URL(page.url()).searchParams.get(name);
    await expect.poll(() => inAddress('sort')).toBe('person');
    await expect.poll(() => inAddress('columns')).toEqual(expect.stringContaining('person'));
    await expect.poll(() => inAddress('columns')).not.toContain('device');

    await page.reload();
    await cell('person-02001').waitFor();
    const header = (name: string) => page.getByRole('columnheader', { name });
    await expect.poll(() => header('Person').getAttribute('aria-sort')).toBe('ascending');
    await expect.poll(() => header('Device').count()).toBe(0);
  });

  test('loads the next page below, and exports what is shown, without formulas', async () => {
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('2,000', { exact: true }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save what is shown as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^sessions-\d{4}-\d\d-\d\d\.csv$/);
    const lines = (await readFile(await download.path(), 'utf8')).split('\r\n');
    expect(lines).toHaveLength(2 * pageSize + 2);
    expect(lines[1]).toMatch(/^person-03000,'=laptop-0,/);
  });
});
