import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigInput } from './support/demo-config.ts';
import { describeRuntime } from './support/launch-app.ts';
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
const world = await startAppWorld({ configure: withLimits });
// The path of an API's socket shows in the picture.
const home = join(tmpdir(), 'alice');
const userDataDir = join(home, '.config', 'Causeway');
await rm(home, { recursive: true, force: true });
await mkdir(userDataDir, { recursive: true, mode: 0o700 });
const app = await world.launch({ userDataDir, env: { CAUSEWAY_DEVICE_NAME: 'alice-laptop' } });
const { page } = app;
let otherFolder: string | null = null;

/** 7101 where it and the two after it are free, else the next hundred: something may run here already. */
async function firstOfThreePorts(): Promise<number> {
  for (let first = 7101; ; first += 100) {
    const servers = [0, 1, 2].map((more) => createServer().listen(first + more, '127.0.0.1'));
    const found = await Promise.allSettled(servers.map((server) => once(server, 'listening')));
    for (const server of servers) server.close();
    if (first > 9000 || found.every(({ status }) => status === 'fulfilled')) return first;
  }
}

/** The demo company with limits, a rule that asks for a fresh sign-in, and a locked API that takes requests. */
function withLimits(config: ConfigInput): ConfigInput {
  const apis = config.apis.map((given, index): ConfigInput['apis'][number] => {
    const api = { ...given, port: firstPort + index };
    const access_requests = { approvers: ['relay-admins'], max_hours: 8 };
    if (api.id === 'payroll')
      return { ...api, when_locked: 'show', access_requests: { ...access_requests, roles: ['finance'] } };
    if (api.id !== 'orders') return api;
    return {
      ...api,
      access_requests: { ...access_requests, roles: ['orders-admins'] },
      request_limits: [
        { name: 'pace', requests: 50, every: 'second' },
        { name: 'developers-daily', requests: 200, every: 'day' },
      ],
      rules: api.rules?.map((rule) =>
        rule.name === 'developers-write-orders' ? { ...rule, max_auth_age: 900 } : rule,
      ),
    };
  });
  return { ...config, apis };
}

/** Takes a screen in both themes and sizes, once nothing moves any more; `height` for a page that is worth more. */
async function shoot(name: string, height?: number): Promise<void> {
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
  await page.getByText('developers-daily').waitFor();
  await shoot('api');
  await shoot('api-whole', 1440);
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
  otherFolder = await makeProfileFolder();
  const other = await world.launch({ userDataDir: otherFolder, env: { CAUSEWAY_DEVICE_NAME: 'alice-desktop' } });
  await signIn(other, world.world.relayUrl, 'alice');
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
  if (otherFolder !== null) removeFolder(join(otherFolder, '..'));
}
process.stdout.write(`${folder}\n`);
