import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildConsole } from '../../../../build/build-console.ts';
import { type DemoWorld, startDemoWorld } from '../../../support/demo-world.ts';
import { freePort } from '../../../support/free-port.ts';
import { type ConsolePage, openConsolePage } from '../../../support/open-console-page.ts';

// The provider is at 127.0.0.1, so that the way back from it is from another site, as in a company.
let adminUrl: string;
let world: DemoWorld;
let opened: ConsolePage;
let neighbour: Server;

beforeAll(async () => {
  await buildConsole();
  const adminPort = await freePort();
  // Those of the demo’s employees’ port hold for this name, too.
  const tls = { cert: 'relay.pem', key: 'relay-key.pem' };
  adminUrl = `https://localhost:${adminPort}`;
  world = await startDemoWorld({
    adminPort,
    idp: { consoleOrigin: adminUrl },
    configure: (config) => ({ ...config, admin: { ...config.admin, url: adminUrl, tls } }),
  });
  const [cert, key] = [tls.cert, tls.key].map((file) => readFileSync(join(world.dir, file)));
  neighbour = createServer({ cert, key }, (_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Neighbour</title>');
  });
  neighbour.listen(0, 'localhost');
  await once(neighbour, 'listening');
  opened = await openConsolePage(adminUrl);
});
afterAll(async () => {
  await opened?.close();
  neighbour?.closeAllConnections();
  neighbour?.close();
  await world?.close();
});

it(
  'is signed in to, used and left over TLS in a real browser, with no token in reach of the page',
  { timeout: 180_000 },
  async () => {
    const { page } = opened;
    const faults: string[] = [];
    const told: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML|Trusted Type/i.test(message.text())) faults.push(message.text());
    });
    page.on('response', (response) => {
      if (new URL(response.url()).origin !== adminUrl) return;
      told.push(JSON.stringify(response.headers()));
      response.text().then(
        (text) => told.push(text),
        () => undefined,
      );
    });

    await opened.signIn('dana');
    expect(page.url()).toBe(`${adminUrl}/console/`);
    expect(await page.title()).toContain('Causeway');
    await page.getByText('Example Company').first().waitFor();

    const cookies = await page.context().cookies(adminUrl);
    expect(cookies).toEqual([
      expect.objectContaining({
        name: '__Host-causeway-console',
        path: '/',
        domain: 'localhost',
        httpOnly: true,
        secure: true,
        sameSite: 'Strict',
      }),
    ]);
    const inReach = await page.evaluate(() => [
      document.cookie,
      JSON.stringify(Object.entries(localStorage)),
      JSON.stringify(Object.entries(sessionStorage)),
      document.documentElement.outerHTML,
    ]);
    // The first three characters of every JWT.
    expect([...inReach, ...told].filter((text) => /\beyJ/.test(text))).toEqual([]);
    expect((await opened.ask('GET', '/admin/v1/me')).json).toMatchObject({ name: 'dana (console)' });

    // A reload and a second tab are signed in, too.
    await page.reload();
    expect((await opened.ask('GET', '/admin/v1/me')).status).toBe(200);
    const tab = await page.context().newPage();
    await tab.goto(`${adminUrl}/console/`);
    await tab.getByText('Example Company').first().waitFor();

    // A page of the same site at another port gets nothing and does nothing.
    await tab.goto(`https://localhost:${(neighbour.address() as AddressInfo).port}/`);
    const stolen = await tab.evaluate(async (url) => {
      const attempts = [
        fetch(`${url}/admin/v1/me`, { credentials: 'include' }),
        fetch(`${url}/console/auth/sign-out`, { method: 'POST', credentials: 'include', mode: 'no-cors' }),
        fetch(`${url}/admin/v1/locks`, {
          method: 'POST',
          credentials: 'include',
          headers: { 'x-causeway-console': '1' },
        }),
      ];
      return (await Promise.allSettled(attempts)).map((result) =>
        result.status === 'fulfilled' ? `${result.value.type} ${result.value.status}` : 'refused',
      );
    }, adminUrl);
    expect(stolen).toEqual(['refused', 'refused', 'refused']);
    const framed = await tab.evaluate(async (url) => {
      const frame = document.createElement('iframe');
      frame.src = `${url}/console/`;
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      await loaded;
      try {
        return frame.contentDocument === null ? 'another document' : frame.contentDocument.body.innerText;
      } catch {
        // Not even its text is told.
        return 'another document';
      }
    }, adminUrl);
    expect(framed).toBe('another document');
    expect(tab.frames().some((frame) => frame.url().startsWith(`${adminUrl}/console`))).toBe(false);
    await tab.close();
    expect((await opened.ask('GET', '/admin/v1/me')).status).toBe(200);

    const left = await opened.ask('POST', '/console/auth/sign-out');
    expect(left.status).toBe(200);
    expect(await page.context().cookies(adminUrl)).toEqual([]);
    expect((await opened.ask('GET', '/admin/v1/me')).status).toBe(401);
    const { endSessionUrl } = left.json as { endSessionUrl: string };
    // The provider's page ends its own session by itself and comes back.
    await page.goto(endSessionUrl, { waitUntil: 'commit' });
    await page.waitForURL(`${adminUrl}/console/**`);
    expect(faults).toEqual([]);
  },
);
