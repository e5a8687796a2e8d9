import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchedApp } from '../support/launch-app.ts';
import { type AppWorld, addressOf, filesContaining, signIn, startAppWorld } from './app-world.ts';

// The tray, menus, notifications and links of the system can be used from outside only on the stand-in.
describe.runIf(process.env['CAUSEWAY_ELECTRON'] !== 'required')('the app in its system', () => {
  let world: AppWorld;
  let app: LaunchedApp;
  const trayLine = (line: string) =>
    app.main.waitForCall('Tray.setToolTip', ({ args }) => args[0] === `Causeway: ${line}`);

  beforeAll(async () => {
    world = await startAppWorld();
    app = await world.launch();
  });
  afterAll(async () => {
    await app.close();
    await world.close();
  });

  test('a link pre-fills the relay’s address: nothing is contacted, nothing else changes', async () => {
    let contacts = 0;
    const server = createServer(() => {
      contacts += 1;
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('connection', () => (contacts += 1));
    const relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await app.main.trigger({ type: 'second-instance', argv: ['causeway', `causeway://sign-in?relay=${relay}`] });
    const field = app.page.getByLabel('Relay address');
    await app.page.waitForFunction((url) => document.querySelector('input')?.value === url, relay);
    await app.main.trigger({ type: 'open-url', url: 'causeway://connect?api=orders' });
    expect(await field.inputValue()).toBe(relay);
    expect(contacts).toBe(0);
    expect(app.main.calls.some(({ name }) => name === 'shell.openExternal')).toBe(false);
    server.close();
  });

  test('after the sign-in the window comes forward and the tray says so', async () => {
    await trayLine('Signed out');
    await signIn(app, world.world.relayUrl, 'alice');
    await trayLine('Signed in, nothing connected');
    expect(app.main.calls.some(({ name }) => name === 'BrowserWindow.focus')).toBe(true);
  });

  test('a favourite can be connected and disconnected from the tray', async () => {
    await app.page
      .getByRole('button', { name: /favourite/i })
      .first()
      .click();
    const menu = await app.main.waitForCall('Tray.setContextMenu', ({ args }) =>
      JSON.stringify(args).includes('checkbox'),
    );
    const items = menu.args[0] as readonly { id?: string; type?: string }[];
    const item = items.find(({ type }) => type === 'checkbox')?.id ?? '';
    await app.main.trigger({ type: 'tray', itemId: item });
    await trayLine('1 API connected');
    await app.main.trigger({ type: 'tray', itemId: item });
    await app.main.waitForCall(
      'Tray.setToolTip',
      ({ args }) => args[0] === 'Causeway: Signed in, nothing connected',
      1,
    );
  });

  test('the menu’s shortcuts lead to search and settings', async () => {
    await app.main.trigger({ type: 'menu', itemId: 'settings' });
    await app.page.getByRole('heading', { name: 'Settings' }).waitFor();
    await app.main.trigger({ type: 'menu', itemId: 'search' });
    await app.page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  });

  test('the theme that is chosen is the system’s for this app, at once', async () => {
    await app.page.getByRole('link', { name: 'Settings' }).click();
    await app.page.getByRole('radio', { name: 'Dark' }).click();
    await app.main.waitForCall('nativeTheme.themeSource', ({ args }) => args[0] === 'dark');
    await app.page.waitForFunction(() => matchMedia('(prefers-color-scheme: dark)').matches);
    await app.page.getByRole('radio', { name: 'System' }).click();
    await app.main.waitForCall('nativeTheme.themeSource', ({ args }) => args[0] === 'system');
    await app.page.getByRole('link', { name: 'APIs' }).click();
  });

  test('the relay restarts: the tray says reconnecting, and connected again, and calls go through', async () => {
    await app.page.getByRole('switch', { name: 'Connect Orders' }).first().click();
    const address = await addressOf(app, 'Orders');
    await world.world.restartRelay();
    await trayLine('Reconnecting…');
    await app.main.trigger({ type: 'power', event: 'resume' });
    await app.main.waitForCall('Tray.setToolTip', ({ args }) => args[0] === 'Causeway: 1 API connected', 1);
    expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
  });

  test('Open in browser opens the API’s own local address, through the one door', async () => {
    const opened = app.main.calls.filter(({ name }) => name === 'shell.openExternal').length;
    await app.page.locator('#api-orders').click();
    await app.page.getByRole('button', { name: 'Open in browser' }).click();
    const call = await app.main.waitForCall('shell.openExternal', () => true, opened);
    expect(new URL(String(call.args[0])).hostname).toMatch(/^(?:orders\.localhost|127\.0\.0\.1)$/);
  });

  test('a killed app comes back signed in, with its tokens in no file of its profile', async () => {
    await app.kill();
    for (const name of ['refresh_token', 'access_token', 'Bearer ', 'DPoP ']) {
      const found = filesContaining(world.userDataDir, name).filter((path) => !path.includes('Chromium'));
      expect(found, name).toEqual([]);
    }
    app = await world.launch();
    await app.page.getByRole('navigation', { name: 'Screens' }).waitFor();
    await addressOf(app, 'Orders');
  });

  test('quitting from the tray ends the process and every connection', async () => {
    const address = await addressOf(app, 'Orders');
    await app.main.trigger({ type: 'tray', itemId: 'quit' });
    await app.close();
    await expect(fetch(`${address}/v1/orders/4711`)).rejects.toThrow();
  });

  test('settings that were damaged on disk cost nothing but themselves', async () => {
    const path = join(world.userDataDir, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40));
    app = await world.launch();
    await app.page.getByLabel('Relay address').waitFor();
  });
});
