import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Snapshot } from '../../shared/snapshot.ts';
import { largeCatalog } from '../support/renderer-preview/sample-catalog.ts';
import { countTimers, didRun, mutationsDuring, setHidden } from '../support/renderer-preview/count-work.ts';
import { launchChromium, openPreview } from '../support/renderer-preview/open-preview.ts';
import { onConnection, sampleProfile, sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';
import { type ServedRenderer, serveRenderer } from '../support/renderer-preview/serve-renderer.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let renderer: ServedRenderer;
let browser: Browser;
let context: BrowserContext;
const nowMs = Date.UTC(2026, 10, 29, 12);

beforeAll(async () => {
  [renderer, browser] = await Promise.all([serveRenderer(), launchChromium()]);
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1240, height: 800 }, reducedMotion: 'reduce' });
  await context.clock.install({ time: nowMs });
  await context.addInitScript(countTimers);
});
afterEach(() => context.close());

afterAll(async () => {
  await browser.close();
  await renderer.close();
});

/** Nothing has been called for a while. */
const calm = sampleSnapshot(nowMs, {
  profiles: [sampleProfile(nowMs, { connections: { orders: onConnection('orders', 7101, nowMs) } })],
});

async function open(snapshot: Snapshot, api: string | null): Promise<Page> {
  const steps = api === null ? [] : [{ type: 'click', role: 'button', name: api } as const];
  const sessions = { sessions: [] };
  const state = { name: 'idle', snapshot, activity: [], sessions, steps, shows: api ?? 'APIs' };
  const { page } = await openPreview(context, renderer.url, state);
  // What opening has begun comes to its end.
  await page.clock.runFor(3000);
  return page;
}

describe('a window in which nothing happens', () => {
  test('changes nothing in ten seconds on an API’s page, and by the minute what relative times say', async () => {
    const page = await open(calm, 'Orders');
    const before = await didRun(page);
    expect(await mutationsDuring(page, () => page.clock.runFor(10_000))).toBe(0);
    expect((await didRun(page)) - before).toBeLessThanOrEqual(1);
    await page
      .getByText(/for 2 h/)
      .first()
      .waitFor();
  });

  test('runs no timer and is sent nothing while it can’t be seen, and is up to date when it can', async () => {
    const page = await open(calm, 'Orders');
    const watched = () =>
      page.evaluate(() => window.fakeBridge.calls.findLast(({ channel }) => channel === 'state:watch')?.argument);
    await setHidden(page, true);
    await expect.poll(watched).toEqual({ visible: false, activity: false });
    const before = await didRun(page);
    expect(await mutationsDuring(page, () => page.clock.runFor(600_000))).toBe(0);
    expect(await didRun(page)).toBe(before);
    await setHidden(page, false);
    await expect.poll(watched).toEqual({ visible: true, activity: true });
  });
});

describe('what is pushed', () => {
  test('draws only the rows that it changes', async () => {
    const catalog = largeCatalog(50);
    const connections = Object.fromEntries(
      catalog.apis.map(({ id }, index) => [id, onConnection(id, 8000 + index, nowMs, 1)]),
    );
    const ready = { status: 'ready', catalog, fetchedAtMs: nowMs, problem: null } as const;
    const profile = sampleProfile(nowMs, { catalog: ready, connections, favourites: [] });
    const page = await open(sampleSnapshot(nowMs, { profiles: [profile] }), null);
    const id = catalog.apis[2]?.id ?? '';
    await page.evaluate((api) => {
      const rows = new Set<string>();
      const observer = new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          rows.add(element?.closest('li')?.querySelector('button[id]')?.id ?? 'elsewhere');
        }
      });
      observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      Object.assign(window, { rowsChanged: rows });
      const connections = { in: { [api]: { set: { requestsPerSecond: 40 } } } };
      const patch = { in: { profiles: { in: { 0: { in: { connections } } } } } };
      window.fakeBridge.push('state:did-change', { sequence: 1, patch });
    }, id);
    await page.getByText('40 req/s').first().waitFor({ state: 'attached' });
    const changed = await page.evaluate(() => [...(window as unknown as { rowsChanged: Set<string> }).rowsChanged]);
    expect(changed.filter((row) => row !== 'elsewhere')).toEqual([`api-${id}`]);
  });

  test('is read again as a whole where a step is missing', async () => {
    const page = await open(calm, null);
    const gets = () =>
      page.evaluate(() => window.fakeBridge.calls.filter(({ channel }) => channel === 'state:get').length);
    const before = await gets();
    await page.evaluate(() =>
      window.fakeBridge.push('state:did-change', { sequence: 7, patch: { set: { appVersion: 'never' } } }),
    );
    await expect.poll(gets).toBe(before + 1);
  });
});
