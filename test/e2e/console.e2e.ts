import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../build/build-console.ts';
import type { LaunchedApp } from '../support/launch-app.ts';
import { axeFindings } from '../support/looks/axe-in-page.ts';
import { type ConsolePage, openConsolePage } from '../support/open-console-page.ts';
import { type AppWorld, connectApi, ensureSignedIn, startAppWorld } from './app-world.ts';

/** Each page with a text that shows once it is there. */
const pages = [
  ['overview', 'Time to answer'],
  ['people', 'alice'],
  ['people?view=sessions&all=1', /^ended$/],
  ['apis', 'Payroll'],
  ['apis/payroll', 'Who used it in the last 7 days'],
  ['access', 'Nothing waits'],
  ['audit', /^When$/],
  ['policy', 'developers-read'],
  ['anomalies', 'Nothing waits'],
  ['settings', 'Config in force'],
  ['relays', 'Processes'],
] as const;

describe('dana at the console, alice at the app', () => {
  let world: AppWorld;
  let app: LaunchedApp;
  let operator: ConsolePage;
  const faults: string[] = [];

  beforeAll(async () => {
    await buildConsole();
    world = await startAppWorld({
      configure: (config) => ({
        ...config,
        apis: config.apis.map((api) =>
          api.id === 'payroll'
            ? {
                ...api,
                when_locked: 'show' as const,
                access_requests: { roles: ['finance'], approvers: ['relay-admins'], max_hours: 8 },
              }
            : api,
        ),
      }),
    });
    app = await world.launch({ env: { CAUSEWAY_DEVICE_NAME: 'alice-laptop' } });
    await ensureSignedIn(app, world.world.relayUrl, 'alice');
    operator = await openConsolePage(world.world.adminUrl);
    operator.page.on('pageerror', ({ message }) => faults.push(message));
    operator.page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) faults.push(message.text());
    });
  });
  afterAll(async () => {
    await operator?.close();
    await world?.close();
  });

  const heading = (name: string) => operator.page.getByRole('heading', { name, level: 1 });

  test('signs in where the page was asked for, and comes back to it', async () => {
    const { page } = operator;
    await page.goto(`${world.world.adminUrl}/console/people?view=sessions`);
    await page.getByRole('link', { name: 'Continue with Example Company' }).waitFor();
    await operator.signIn('dana');
    await page.getByRole('button', { name: /Signed in as dana/ }).waitFor();
  });

  test('sees what is wrong and how the day was', async () => {
    await operator.page.getByRole('link', { name: 'Overview' }).click();
    await heading('Overview').waitFor();
    await operator.page
      .locator('figure')
      .filter({ hasText: 'Open tunnels' })
      .getByText(/1 tunnel/)
      .waitFor();
  });

  test('approves what alice asks for, and the API opens in her app', async () => {
    await app.page.locator('#api-payroll').click();
    const api = app.page.getByRole('region', { name: 'Payroll', exact: true });
    await api.getByRole('textbox').fill('Year-end check');
    await api.getByRole('button', { name: 'Ask for access', exact: true }).click();
    await api.getByText('You asked for finance').waitFor();

    const { page } = operator;
    await page.getByRole('link', { name: /^Access/ }).click();
    await heading('Access').waitFor();
    await page.getByRole('button', { name: /Decide on finance .* for alice/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Year-end check').waitFor();
    await dialog.getByRole('textbox').fill('Seen in the ticket');
    await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
    await page
      .getByText(/^Approved: finance/)
      .first()
      .waitFor();
    await app.page.getByRole('switch', { name: 'Connect Payroll' }).first().waitFor();
  });

  test('sees who used payroll, what of it was denied, and that no record was altered', async () => {
    const payroll = await connectApi(app, 'Payroll');
    expect((await fetch(`${payroll}/v1/payslips`)).status).toBe(200);
    expect((await fetch(`${payroll}/v1/payslips`, { method: 'DELETE' })).status).toBe(403);

    const { page } = operator;
    await page.getByRole('link', { name: 'Audit' }).click();
    await heading('Audit').waitFor();
    await page.getByRole('combobox', { name: 'API' }).selectOption('payroll');
    await page.getByRole('gridcell', { name: /GET payroll\/v1\/payslips/ }).waitFor();
    await page.getByRole('radio', { name: 'Denied' }).click();
    await page.getByRole('gridcell', { name: /DELETE payroll\/v1\/payslips/ }).waitFor();
    await page.getByRole('gridcell', { name: /GET payroll\/v1\/payslips/ }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Was it altered?' }).click();
    await page.getByRole('button', { name: 'Verify all records' }).click();
    await page
      .getByText(/ is whole/)
      .first()
      .waitFor();
  });

  test('a proposed config names who would lose access by it, and changes nothing', async () => {
    const orders = await connectApi(app, 'Orders');
    expect((await fetch(`${orders}/v1/orders/4711`)).status).toBe(200);
    const { page } = operator;
    await page.getByRole('link', { name: 'Policy' }).click();
    await page.getByRole('radio', { name: 'What if' }).click();
    await page.getByRole('button', { name: 'Begin with the config in force' }).click();
    const config = page.getByLabel('The whole config, as it would be');
    await expect.poll(() => config.inputValue()).toContain('developers-read');
    const proposed = (await config.inputValue()).replace(
      /(name: developers-read\s+groups:\s+- )developers/,
      '$1nobody-is-in-it',
    );
    expect(proposed).toContain('nobody-is-in-it');
    await config.fill(proposed);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText(/^1 person would lose /).waitFor();
    const changes = page.getByRole('grid', { name: 'Changes' });
    await changes.getByRole('gridcell', { name: 'alice', exact: true }).waitFor();
    await changes.getByRole('gridcell', { name: 'GET orders/*/orders/*' }).waitFor();
    expect((await fetch(`${orders}/v1/orders/4711`)).status).toBe(200);
  });

  test('ends alice’s session: her stream stops, her app says who and why, and the list forgets it by itself', async () => {
    const { page } = operator;
    const address = await connectApi(app, 'Orders');
    const response = await fetch(`${address}/v1/events?everyMs=100`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('hello');
    const ended = (async () => {
      try {
        while (!(await reader.read()).done);
      } catch {
        // Cut off is stopped, too.
      }
    })();

    await page.getByRole('link', { name: 'People' }).click();
    await heading('People and sessions').waitFor();
    await page.getByRole('searchbox').fill('ali');
    await page.getByRole('link', { name: 'alice', exact: true }).click();
    await heading('alice').waitFor();
    await page.getByRole('button', { name: 'End the session of alice' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'End the session' }).click();
    await dialog.getByText('Say why; it is recorded with your name.').waitFor();
    await dialog.getByLabel('Why').fill('Laptop left on a train');
    const askedMs = performance.now();
    await dialog.getByRole('button', { name: 'End the session' }).click();
    await ended;
    await app.page
      .getByRole('region', { name: 'Notice' })
      .getByText('An administrator has ended this session: Laptop left on a train')
      .waitFor();
    // From the click to the stream’s end and its reason on the employee’s screen.
    expect(performance.now() - askedMs).toBeLessThan(5000);
    await page.getByText('The session of alice has ended').first().waitFor();
    await page.getByRole('gridcell', { name: 'ended', exact: true }).waitFor();
  });

  test('every page stands axe-core and the content security policy, and shows nothing cut off at 360 px', async () => {
    const { page } = operator;
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 800 });
      for (const [path, shows] of pages) {
        await page.goto(`${world.world.adminUrl}/console/${path}`);
        await page.getByText(shows).first().waitFor();
        await page.waitForLoadState('load');
        await page.evaluate(() =>
          Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
        );
        await expect.poll(() => axeFindings(page, 'all'), { message: path }).toEqual([]);
        const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await expect.poll(sideways, { message: path }).toBe(0);
      }
    }
    expect(faults).toEqual([]);
  });

  test('signs out: the page asks for a sign-in, and a sent link no longer shows anything', async () => {
    const { page } = operator;
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: /Signed in as dana/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Continue with Example Company' }).waitFor();
    await page.goto(`${world.world.adminUrl}/console/people`);
    await page.getByRole('link', { name: 'Continue with Example Company' }).waitFor();
    expect(await page.getByText('alice').count()).toBe(0);
  });
});
