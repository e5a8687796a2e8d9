import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeRuntime } from './support/launch-app.ts';
import { connectApi, signIn, startAppWorld } from './e2e/app-world.ts';

// Pictures of each screen of the running app with the demo company: `npm run screenshots [FOLDER]`.
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));
const sizes = [
  { width: 1240, height: 800, suffix: '' },
  { width: 760, height: 900, suffix: '-narrow' },
] as const;

await mkdir(folder, { recursive: true });
process.stdout.write(`${describeRuntime()}\n`);
const world = await startAppWorld();
const app = await world.launch({ env: { CAUSEWAY_DEVICE_NAME: 'alice-laptop' } });
const { page } = app;

/** Takes a screen in both themes and sizes, once nothing moves any more. */
async function shoot(name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate(`window.causeway.request('settings:set', { theme: '${theme}' })`);
    await page.waitForFunction((dark) => matchMedia('(prefers-color-scheme: dark)').matches === dark, theme === 'dark');
    for (const { suffix, ...size } of sizes) {
      await page.setViewportSize(size);
      await page.mouse.move(0, 0);
      await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))');
      await page.screenshot({
        path: join(folder, `${name}${suffix}-${theme}.png`),
        animations: 'disabled',
        caret: 'hide',
      });
    }
  }
  await page.setViewportSize(sizes[0]);
}

async function open(screen: string): Promise<void> {
  await page.getByRole('link', { name: screen }).click();
  await page.getByRole('heading', { name: screen, level: 1 }).waitFor();
}

try {
  await page.getByLabel('Relay address').waitFor();
  await shoot('sign-in');
  await signIn(app, world.world.relayUrl, 'alice');
  const orders = await connectApi(app, 'Orders');
  const inventory = await connectApi(app, 'Inventory');
  await page
    .getByRole('button', { name: /favourite/i })
    .first()
    .click();
  for (const [address, path, method] of [
    [inventory, '/v1/items', 'GET'],
    [orders, '/v1/orders', 'GET'],
    [orders, '/v1/orders/4711', 'GET'],
    [orders, '/v1/orders/4712', 'GET'],
    [inventory, '/v1/items?low=true', 'GET'],
    [orders, '/v1/refunds', 'POST'],
    [orders, '/v1/orders/4711', 'DELETE'],
    [orders, '/v1/orders/4711', 'GET'],
  ] as const) {
    const answer = await fetch(`${address}${path}`, { method });
    await answer.arrayBuffer();
  }
  await open('APIs');
  await shoot('apis');
  await page.locator('#api-orders').click();
  await page.getByText('What you may do').waitFor();
  await shoot('api');
  await page.locator('#api-orders').click();
  await open('Activity');
  const table = page.getByRole('table', { name: 'Requests' });
  await table.getByText('DELETE').first().waitFor();
  await shoot('activity');
  await table.getByRole('row').filter({ hasText: 'DELETE' }).getByRole('button').first().click();
  await page.getByText('orders-are-kept').first().waitFor();
  await shoot('request');
  for (const screen of ['Access', 'Sessions', 'Settings']) {
    await open(screen);
    await shoot(screen.toLowerCase());
  }
} finally {
  await app.close();
  await world.close();
  await rm(join(world.userDataDir, '..'), { recursive: true, force: true });
}
process.stdout.write(`${folder}\n`);
