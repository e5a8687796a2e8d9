import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callWithCurl } from '../support/call-with-curl.ts';
import { type FaultyLink, startFaultyLink } from '../support/faulty-link/start-faulty-link.ts';
import { freePort } from '../support/free-port.ts';
import { startCli } from '../client/support/run-cli.ts';
import { type LaunchedApp, launchApp } from '../support/launch-app.ts';
import {
  type AppWorld,
  addressOf,
  connectApi,
  ensureSignedIn,
  filesContaining,
  makeProfileFolder,
  removeFolder,
  signIn,
  startAppWorld,
} from './app-world.ts';

// The tray, menus, notifications and links of the system can be used from outside only on the stand-in.
const onStandIn = process.env['CAUSEWAY_ELECTRON'] !== 'required';

describe.runIf(onStandIn)('the app in its system, before anybody signs in', () => {
  let userDataDir: string;
  let app: LaunchedApp;

  beforeEach(async () => {
    userDataDir = await makeProfileFolder();
    app = await launchApp({ userDataDir });
    return async () => {
      await app.close();
      removeFolder(join(userDataDir, '..'));
    };
  });

  test('a link pre-fills the relay’s address: nothing is contacted, nothing else changes', async () => {
    let contacts = 0;
    const server = createServer(() => {
      contacts += 1;
    }).listen(0, '127.0.0.1');
    server.on('connection', () => (contacts += 1));
    await once(server, 'listening');
    try {
      const relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await app.main.trigger({ type: 'second-instance', argv: ['causeway', `causeway://sign-in?relay=${relay}`] });
      const field = app.page.getByLabel('Relay address');
      await app.page.waitForFunction((url) => document.querySelector('input')?.value === url, relay);
      await app.main.trigger({ type: 'open-url', url: 'causeway://connect?api=orders' });
      expect(await field.inputValue()).toBe(relay);
      expect(contacts).toBe(0);
      expect(app.main.calls.some(({ name }) => name === 'shell.openExternal')).toBe(false);
    } finally {
      server.close();
    }
  });

  test('settings that were damaged on disk cost nothing but themselves', async () => {
    await app.page.getByLabel('Relay address').waitFor();
    await app.close();
    const path = join(userDataDir, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40));
    app = await launchApp({ userDataDir });
    await app.page.getByLabel('Relay address').waitFor();
  });
});

describe.runIf(onStandIn)('the app in its system', () => {
  let world: AppWorld;
  let app: LaunchedApp;
  let link: FaultyLink;
  /** The relay's address, behind a link that breaks as it is told. */
  let relayUrl: string;

  beforeAll(async () => {
    const relayPort = await freePort();
    link = await startFaultyLink(relayPort);
    relayUrl = `https://127.0.0.1:${link.port}`;
    world = await startAppWorld({
      relayPort,
      configure: (config) => ({ ...config, relay: { ...config.relay, url: relayUrl } }),
    });
  });
  beforeEach(async () => {
    app = await world.running();
    await ensureSignedIn(app, relayUrl, 'alice');
  });
  afterAll(async () => {
    await world?.close();
    await link?.close();
  });

  const saysNext = (line: string | RegExp) =>
    app.main.nextCall('Tray.setToolTip', ({ args }) => {
      const said = String(args[0]).replace(/^Causeway: /, '');
      return typeof line === 'string' ? said === line : line.test(said);
    });
  async function setConnected(name: string, connected: boolean): Promise<void> {
    const toggle = app.page.getByRole('switch', { name: `Connect ${name}` }).first();
    if ((await toggle.isChecked()) !== connected) await toggle.click();
    await app.page
      .getByRole('switch', { name: `Connect ${name}`, checked: connected })
      .first()
      .waitFor();
  }
  async function onlyOrders(connected: boolean): Promise<void> {
    await setConnected('Inventory', false);
    await setConnected('Orders', connected);
  }

  test('after a sign-in the window comes forward and the tray says so', async () => {
    const out = saysNext('Signed out');
    await app.page.getByRole('button', { name: /^Account of/ }).click();
    await app.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await out;
    const forward = app.main.nextCall('BrowserWindow.focus');
    const said = saysNext('Signed in, nothing connected');
    await signIn(app, relayUrl, 'alice');
    await forward;
    await said;
  });

  test('a favourite can be connected and disconnected from the tray', async () => {
    await onlyOrders(false);
    const star = app.page.getByRole('button', { name: 'Favourite Orders' });
    if ((await star.getAttribute('aria-pressed')) !== 'true') {
      const listed = app.main.nextCall('Tray.setContextMenu', ({ args }) => JSON.stringify(args).includes('checkbox'));
      await star.click();
      await listed;
    }
    const menu = app.main.calls.findLast(({ name }) => name === 'Tray.setContextMenu');
    const items = (menu?.args[0] ?? []) as readonly { id?: string; type?: string; label?: string }[];
    const item = items.find(({ type, label }) => type === 'checkbox' && label === 'Orders')?.id ?? '';
    const on = saysNext('1 API connected');
    await app.main.trigger({ type: 'tray', itemId: item });
    await on;
    const off = saysNext('Signed in, nothing connected');
    await app.main.trigger({ type: 'tray', itemId: item });
    await off;
  });

  test('pausing a relay in the tray switches all off, and resuming brings the same back', async () => {
    await onlyOrders(true);
    const item = (kind: string): string => {
      const menu = app.main.calls.findLast(({ name }) => name === 'Tray.setContextMenu');
      const items = (menu?.args[0] ?? []) as readonly { id?: string }[];
      return items.find(({ id }) => id?.startsWith(kind))?.id ?? '';
    };
    await expect.poll(() => item('pause:')).not.toBe('');
    const paused = saysNext('Paused');
    await app.main.trigger({ type: 'tray', itemId: item('pause:') });
    await paused;
    const on = saysNext('1 API connected');
    await expect.poll(() => item('resume:')).not.toBe('');
    await app.main.trigger({ type: 'tray', itemId: item('resume:') });
    await on;
  });

  test.runIf(process.platform !== 'win32')('the command line uses the app once the person has agreed', async () => {
    const asked = app.main.nextCall('dialog.showMessageBox');
    const socket = { CAUSEWAY_APP_SOCKET: join(world.userDataDir, 'link', 'app.sock') };
    const command = startCli(['apis'], socket);
    expect(JSON.stringify(await asked)).toContain('Let the command line use Causeway?');
    await app.main.trigger({ type: 'message-box', response: 1 });
    expect(await command.line(({ type }) => type === 'apis')).toMatchObject({ via: 'app' });
    expect((await command.ended).code).toBe(0);
    const update = startCli(['update', 'status'], socket);
    expect(await update.line(({ type }) => type === 'update')).toMatchObject({
      running: true,
      state: { status: 'off', reason: 'development' },
    });
  });

  test('the menu’s shortcuts lead to search and settings', async () => {
    await app.main.trigger({ type: 'menu', itemId: 'settings' });
    await app.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await app.page.getByText('This is a development run; it doesn’t update itself.').waitFor();
    await app.main.trigger({ type: 'menu', itemId: 'search' });
    await app.page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Search APIs');
  });

  test('the theme that is chosen is the system’s for this app, at once', async () => {
    const chosen = (theme: string) => app.main.nextCall('nativeTheme.themeSource', ({ args }) => args[0] === theme);
    await app.page.getByRole('link', { name: 'Settings' }).click();
    const dark = chosen('dark');
    await app.page.getByRole('radio', { name: 'Dark' }).click();
    await dark;
    await app.page.waitForFunction(() => matchMedia('(prefers-color-scheme: dark)').matches);
    const system = chosen('system');
    // The language has one of that name below.
    await app.page.getByRole('radio', { name: 'System' }).first().click();
    await system;
  });

  test('the relay restarts: the tray says reconnecting, and connected again, and calls go through', async () => {
    await onlyOrders(true);
    const address = await addressOf(app, 'Orders');
    const away = saysNext(/The tunnel to the relay is down|The relay can’t be reached|The relay is restarting/);
    await world.world.restartRelay();
    const { calls } = app.main;
    const sinceAway = calls.indexOf(await away);
    await app.main.trigger({ type: 'power', event: 'resume' });
    await app.main.waitForCall(
      'Tray.setToolTip',
      (call) => call.args[0] === 'Causeway: 1 API connected' && calls.indexOf(call) > sinceAway,
    );
    expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
  });

  test('an open stream goes on over sleep and into another network', async () => {
    const address = await connectApi(app, 'Orders');
    const { body } = await fetch(`${address}/v1/events?everyMs=50`);
    if (body === null) throw new Error('There is no stream.');
    const events = body.pipeThrough(new TextDecoderStream()).getReader();
    expect((await events.read()).value).toContain('hello');
    // Asleep, nobody hears that the old network is gone; the new one has no way to the relay at first.
    await app.main.trigger({ type: 'power', event: 'suspend' });
    link.breakAll('silence');
    link.refuse = true;
    const away = saysNext(/The tunnel to the relay is down|The relay can’t be reached/);
    const before = link.connections;
    await app.main.trigger({ type: 'power', event: 'resume' });
    await link.didConnect(before + 1);
    await away;
    link.refuse = false;
    await app.main.trigger({ type: 'power', event: 'unlock-screen' });
    for (let heard = 0; heard < 5; heard += 1) expect((await events.read()).done).toBe(false);
    await events.cancel();
  });

  test('a port that she pins answers at once and after a restart, and so does the name', async () => {
    await connectApi(app, 'Orders');
    const port = await freePort();
    await app.page.locator('#api-orders').click();
    await app.page.getByRole('button', { name: 'Change the port of Orders' }).first().click();
    await app.page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    await app.page.keyboard.type(String(port));
    await app.page.keyboard.press('Enter');
    await app.page.getByText(`Port ${port}, pinned by you`).waitFor();
    const shown = await app.page.getByText(/^http:\/\/orders\.localhost:\d+$/).innerText();
    const name = `http://orders.localhost:${/\d+/.exec(shown)?.[0] ?? ''}`;
    await app.close();
    app = await world.running();
    await app.page.getByRole('navigation', { name: 'Screens' }).waitFor();
    expect(await addressOf(app, 'Orders')).toBe(`http://127.0.0.1:${port}`);
    for (const address of [`http://127.0.0.1:${port}`, name])
      expect((await callWithCurl(`${address}/v1/orders/4711`)).status).toBe(200);
  });

  test('Open in browser opens the API’s own local address, through the one door', async () => {
    await connectApi(app, 'Orders');
    const opening = app.main.nextCall('shell.openExternal');
    await app.page.locator('#api-orders').click();
    await app.page.getByRole('button', { name: 'Open in browser' }).click();
    expect(new URL(String((await opening).args[0])).hostname).toMatch(/^(?:orders\.localhost|127\.0\.0\.1)$/);
  });

  test('a killed app comes back signed in, with its tokens in no file of its profile', async () => {
    await connectApi(app, 'Orders');
    await app.kill();
    for (const name of ['refresh_token', 'access_token', 'Bearer ', 'DPoP ']) {
      const found = filesContaining(world.userDataDir, name).filter((path) => !path.includes('Chromium'));
      expect(found, name).toEqual([]);
    }
    app = await world.running();
    await app.page.getByRole('navigation', { name: 'Screens' }).waitFor();
    await addressOf(app, 'Orders');
  });

  test('quitting from the tray ends the process and every connection', async () => {
    const address = await connectApi(app, 'Orders');
    await app.main.trigger({ type: 'tray', itemId: 'quit' });
    await app.close();
    await expect(fetch(`${address}/v1/orders/4711`)).rejects.toThrow();
  });
});
