import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import helmet from 'helmet';
import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { findBrowser } from '../support/find-browser.ts';

let app: Server;
let world: PipelineWorld;
let browser: Browser;

beforeAll(async () => {
  const protect = helmet();
  app = createServer((request, response) => {
    protect(request, response, () => {
      response.setHeader('Content-Type', 'text/html');
      if (request.method === 'POST') void text(request).then((form) => response.end(`<p id="got">${form}</p>`));
      else
        response.end('<form method="post" action="/login"><input name="user" value="alice"><button>Go</button></form>');
    });
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  const upstream = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  world = await startPipelineWorld({ apis: [{ id: 'app', name: 'App', upstream }] });
  browser = await chromium.launch(findBrowser());
});

afterAll(async () => {
  await browser?.close();
  await world?.close();
  app?.closeAllConnections();
  app?.close();
});

it('a login form under helmet’s defaults, whose Origin is null, works in a browser at the local address', async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${world.port('app')}/`);
  await page.getByRole('button', { name: 'Go' }).click();
  await page.waitForSelector('#got');
  expect(await page.textContent('#got')).toBe('user=alice');
  expect(world.decisions(20).every(({ record }) => record.effect === 'allow')).toBe(true);
});
