import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPipelineWorld, type PipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { findBrowser } from '../support/find-browser.ts';
import { startEcho, type EchoUpstream } from '../support/upstreams/start-echo.ts';

let echo: EchoUpstream;
let world: PipelineWorld;
let browser: Browser;
let pages: Server;
let foreign: string;
let trusted: string;
let local: string;

async function servePage(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>page</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

beforeAll(async () => {
  echo = await startEcho({
    answer: ({ response, url }) => {
      if (url.pathname !== '/page') return false;
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>own page</title>');
      return true;
    },
  });
  pages = await servePage();
  const { port } = pages.address() as AddressInfo;
  foreign = `http://127.0.0.1:${port}`;
  trusted = `http://localhost:${port}`;
  world = await startPipelineWorld({
    apis: [{ id: 'echo', name: 'Echo', upstream: echo.url, allowed_origins: [trusted] }],
  });
  local = `http://127.0.0.1:${world.port('echo')}`;
  const launch = findBrowser();
  browser = await chromium.launch({
    ...launch,
    args: [...launch.args, '--host-resolver-rules=MAP evil.example 127.0.0.1'],
  });
});

afterAll(async () => {
  await browser.close();
  await world.close();
  await echo.close();
  const closed = once(pages, 'close');
  pages.close();
  pages.closeAllConnections();
  await closed;
});

beforeEach(() => echo.clear());

/** What the upstream got; a browser that shows our refusal asks for its icon of its own accord. */
function reached(): string[] {
  return echo.requests
    .filter(({ target }) => target !== '/favicon.ico')
    .map(({ method, target }) => `${method} ${target}`);
}

/** Opens a page, lets `act` do its worst from there, and gives the refusals that the audit holds of it. */
async function from(origin: string, act: (page: Page) => Promise<void>): Promise<string[]> {
  const before = world.decisions(1)[0]?.seq ?? 0;
  const page = await browser.newPage();
  page.setDefaultTimeout(50_000);
  try {
    await page.goto(origin);
    await act(page);
  } finally {
    await page.close();
  }
  return world
    .decisions(50)
    .filter(({ seq, record }) => seq > before && record.effect === 'deny')
    .map(({ record }) => record.reason);
}

/** Runs in the page: each attack resolves when the browser has its answer, whatever that is. */
const attacks: readonly { name: string; run: (page: Page) => Promise<void> }[] = [
  {
    name: 'fetch GET',
    run: (page) =>
      page.evaluate(
        (url) =>
          fetch(`${url}/steal`).then(
            () => undefined,
            () => undefined,
          ),
        local,
      ),
  },
  {
    name: 'fetch GET without CORS',
    run: (page) =>
      page.evaluate(
        (url) =>
          fetch(`${url}/steal`, { mode: 'no-cors' }).then(
            () => undefined,
            () => undefined,
          ),
        local,
      ),
  },
  {
    name: 'fetch POST of text/plain without CORS',
    run: (page) =>
      page.evaluate(
        (url) =>
          fetch(`${url}/act`, { method: 'POST', mode: 'no-cors', body: 'x' }).then(
            () => undefined,
            () => undefined,
          ),
        local,
      ),
  },
  {
    name: 'fetch DELETE with a preflight',
    run: (page) =>
      page.evaluate(
        (url) =>
          fetch(`${url}/act`, { method: 'DELETE' }).then(
            () => undefined,
            () => undefined,
          ),
        local,
      ),
  },
  {
    name: 'an image',
    run: (page) =>
      page.evaluate(
        (url) =>
          new Promise<void>((resolve) => {
            const image = new Image();
            image.onload = image.onerror = () => resolve();
            image.src = `${url}/act`;
          }),
        local,
      ),
  },
  {
    name: 'a script',
    run: (page) =>
      page.evaluate(
        (url) =>
          new Promise<void>((resolve) => {
            const script = document.createElement('script');
            script.onload = script.onerror = () => resolve();
            script.src = `${url}/act`;
            document.body.append(script);
          }),
        local,
      ),
  },
  {
    name: 'a form posted as text/plain',
    run: async (page) => {
      const answered = page.waitForResponse((response) => response.url().startsWith(local));
      await page.setContent(
        `<form method="post" enctype="text/plain" action="${local}/act"><input name="a" value="b"></form>`,
      );
      await page.evaluate(() => document.querySelector('form')?.submit());
      expect((await answered).status()).toBe(403);
    },
  },
  {
    name: 'a link that is followed',
    run: async (page) => {
      const answered = page.waitForResponse((response) => response.url().startsWith(local));
      await page.setContent(`<a href="${local}/act">free</a>`);
      await page.click('a');
      expect((await answered).status()).toBe(403);
    },
  },
  {
    name: 'a frame',
    run: async (page) => {
      const answered = page.waitForResponse((response) => response.url().startsWith(local));
      await page.setContent(`<iframe src="${local}/act"></iframe>`);
      expect((await answered).status()).toBe(403);
    },
  },
  {
    name: 'a WebSocket',
    run: (page) =>
      page.evaluate(
        (url) =>
          new Promise<void>((resolve) => {
            const socket = new WebSocket(url.replace('http', 'ws'));
            socket.onopen = () => document.body.append('opened');
            socket.onclose = () => resolve();
          }),
        local,
      ),
  },
];

describe('a page of another origin in the person’s browser', () => {
  it.each(attacks)('gets nowhere with $name', async ({ run }) => {
    const denials = await from(foreign, async (page) => {
      await run(page);
      expect(await page.locator('body').textContent()).not.toContain('opened');
    });
    expect(denials.length).toBeGreaterThan(0);
    expect(reached()).toEqual([]);
  });

  it('gets nowhere with a name rebound to 127.0.0.1', async () => {
    const denials = await from(`http://evil.example:${world.port('echo')}/steal`, async (page) => {
      expect(await page.textContent('body')).toContain('host-not-allowed');
    });
    expect(denials[0]).toContain('evil.example');
    expect(reached()).toEqual([]);
  });

  it('gets nowhere by way of 0.0.0.0', async () => {
    await from(foreign, (page) =>
      page.evaluate(
        (url) =>
          fetch(url, { mode: 'no-cors', method: 'POST', body: 'x' }).then(
            () => undefined,
            () => undefined,
          ),
        `http://0.0.0.0:${world.port('echo')}/act`,
      ),
    );
    expect(reached()).toEqual([]);
  });

  it('gets nowhere by the gateway’s name of the API', async () => {
    await from(foreign, (page) =>
      page.evaluate(
        (url) =>
          fetch(url, { mode: 'no-cors', method: 'POST', body: 'x' }).then(
            () => undefined,
            () => undefined,
          ),
        `http://echo.localhost:${world.gatewayPort()}/act`,
      ),
    );
    expect(reached()).toEqual([]);
  });
});

describe('a page that may', () => {
  it('is the API’s own: it opens, and calls its own origin by fetch and WebSocket', async () => {
    await from(`${local}/page`, async (page) => {
      expect(await page.title()).toBe('own page');
      const status = await page.evaluate(async () => (await fetch('/data', { method: 'POST', body: 'x' })).status);
      expect(status).toBe(200);
      const echoed = await page.evaluate(
        () =>
          new Promise<string>((resolve, reject) => {
            const socket = new WebSocket(`ws://${location.host}/socket`);
            socket.onopen = () => socket.send('hello');
            socket.onmessage = ({ data }) => resolve(String(data));
            socket.onerror = () => reject(new Error('the WebSocket failed'));
          }),
      );
      expect(echoed).toBe('hello');
    });
  });

  it('is one of an origin that the API’s config allows', async () => {
    await from(trusted, (page) =>
      page.evaluate(
        (url) => fetch(`${url}/act`, { mode: 'no-cors', method: 'POST', body: 'x' }).then(() => undefined),
        local,
      ),
    );
    expect(reached()).toEqual(['POST /act']);
  });
});
