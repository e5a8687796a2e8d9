import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigInput } from './support/demo-config.ts';
import { demoShowcase } from './support/demo-showcase.ts';
import { describeRuntime, type LaunchedApp } from './support/launch-app.ts';
import { connectApi, makeProfileFolder, removeFolder, signIn, startAppWorld } from './e2e/app-world.ts';

// Pictures of each screen of the running app with the demo company: `npm run screenshots [FOLDER]`.
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));
const sizes = [
  { width: 1240, height: 800, suffix: '' },
  { width: 760, height: 900, suffix: '-narrow' },
] as const;

await mkdir(folder, { recursive: true });
const firstPort = await firstOfThreePorts();
process.stdout.write(`${describeRuntime()}\n`);
const world = await startAppWorld({ configure: demoAtPorts });
// The path of an API's socket shows in the picture.
const home = join(tmpdir(), 'alice');
const userDataDir = join(home, '.config', 'Causeway');
await rm(home, { recursive: true, force: true });
await mkdir(userDataDir, { recursive: true, mode: 0o700 });
const app = await world.launch({ userDataDir, env: { CAUSEWAY_DEVICE_NAME: 'alice-laptop' } });
const { page } = app;
const otherFolders: string[] = [];

/** 7101 where it and the two after it are free, else the next hundred: something may run here already. */
async function firstOfThreePorts(): Promise<number> {
  for (let first = 7101; ; first += 100) {
    const servers = [0, 1, 2].map((more) => createServer().listen(first + more, '127.0.0.1'));
    const found = await Promise.allSettled(servers.map((server) => once(server, 'listening')));
    for (const server of servers) server.close();
    if (first > 9000 || found.every(({ status }) => status === 'fulfilled')) return first;
  }
}

/** The company of `npm run demo`, at ports that read well. */
function demoAtPorts(config: ConfigInput): ConfigInput {
  return demoShowcase({ ...config, apis: config.apis.map((api, index) => ({ ...api, port: firstPort + index })) });
}

/** Another height for a page that is worth more; another app than alice’s. */
interface Shot {
  readonly height?: number;
  readonly of?: LaunchedApp;
}

/** Takes a screen in both themes and sizes, once nothing moves any more. */
async function shoot(name: string, { height, of: { page } = app }: Shot = {}): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate(`window.causeway.request('settings:set', { theme: '${theme}' })`);
    await page.waitForFunction((dark) => matchMedia('(prefers-color-scheme: dark)').matches === dark, theme === 'dark');
    for (const { suffix, ...size } of sizes) {
      await page.setViewportSize({ ...size, height: height ?? size.height });
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

/** Starts an app on another computer and signs somebody in. */
async function elsewhere(user: string, device: string): Promise<LaunchedApp> {
  const folder = await makeProfileFolder();
  otherFolders.push(folder);
  const other = await world.launch({ userDataDir: folder, env: { CAUSEWAY_DEVICE_NAME: device } });
  await signIn(other, world.world.relayUrl, user);
  return other;
}

async function open(screen: string, { page } = app): Promise<void> {
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
  await page.getByText('monthly').first().waitFor();
  await shoot('api');
  await shoot('api-whole', { height: 1440 });
  await open('APIs');
  await page.locator('#api-payroll').click();
  await page.getByRole('button', { name: 'Ask for access', exact: true }).waitFor();
  await shoot('locked');
  await open('Activity');
  const table = page.getByRole('table', { name: 'Requests' });
  await table.getByText('DELETE').first().waitFor();
  await shoot('activity');
  await table.getByRole('row').filter({ hasText: 'DELETE' }).getByRole('button').first().click();
  await page.getByText('orders-are-kept').first().waitFor();
  await shoot('request');
  for (const screen of ['Access', 'Settings']) {
    await open(screen);
    await shoot(screen.toLowerCase());
  }
  await page.getByRole('button', { name: 'Look at each step' }).click();
  await page.getByText('Everything works.').waitFor({ timeout: 60_000 });
  await shoot('diagnostics');
  await open('APIs');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Find and do' }).waitFor();
  await shoot('palette');
  await page.keyboard.press('Escape');
  await page.locator('#api-payroll').click();
  await page.getByRole('textbox', { name: /^Why you need/ }).fill('Payslips of March don’t add up, ticket 4711');
  await page.getByRole('button', { name: 'Ask for access', exact: true }).click();
  await page.getByText('You asked for finance').waitFor();
  await shoot('asked');
  const dana = await elsewhere('dana', 'dana-laptop');
  await open('Requests', dana);
  await dana.page.getByRole('heading', { name: 'alice asks for finance at Payroll' }).waitFor();
  await shoot('requests', { of: dana });
  const other = await elsewhere('alice', 'alice-desktop');
  await fetch(`${await connectApi(other, 'Orders')}/v1/orders/4711`);
  await page.getByText('New sign-in on “alice-desktop”').waitFor();
  await open('Sessions');
  await page.getByRole('heading', { name: 'alice-desktop' }).waitFor();
  await page.getByText('Used Orders').last().waitFor();
  await shoot('sessions');
} finally {
  await app.close();
  await world.close();
  await rm(home, { recursive: true, force: true });
  for (const other of otherFolders) removeFolder(join(other, '..'));
}
process.stdout.write(`${folder}\n`);
