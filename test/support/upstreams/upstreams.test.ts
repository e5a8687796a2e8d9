import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { deterministicBytes } from './deterministic-bytes.ts';
import { startEcho } from './start-echo.ts';
import { startInventory } from './start-inventory.ts';
import { startOrders } from './start-orders.ts';
import { startPayroll } from './start-payroll.ts';
import type { Upstream } from './start-upstream.ts';

const running: Upstream[] = [];

async function run<T extends Upstream>(starting: Promise<T>): Promise<T> {
  const upstream = await starting;
  running.push(upstream);
  return upstream;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((upstream) => upstream.close()));
});

async function send(url: string, method: string, body: unknown): Promise<Response> {
  return fetch(url, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
}

test('orders keep their state through create, change and delete', async () => {
  const orders = await run(startOrders());
  expect((await send(`${orders.url}/v1/orders`, 'POST', {})).status).toBe(422);
  const created = await send(`${orders.url}/v1/orders`, 'POST', { customer: 'Test' });
  expect(created.status).toBe(201);
  const location = `${orders.url}${created.headers.get('location') ?? ''}`;
  expect(await (await send(location, 'PATCH', { status: 'packed' })).json()).toMatchObject({ status: 'packed' });
  expect((await fetch(location, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(location)).status).toBe(404);
  expect(await (await fetch(`${orders.url}/v1/orders/4711`)).json()).toMatchObject({ id: 4711 });
});

test('the SSE and the WebSocket feed tell of a change', async () => {
  const orders = await run(startOrders());
  const events = await fetch(`${orders.url}/v1/events`);
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  const feed = new WebSocket(`${orders.url}/v1/feed`);
  const [hello] = await once(feed, 'message');
  expect(JSON.parse(String(hello))).toMatchObject({ type: 'hello' });
  const told = once(feed, 'message');
  await send(`${orders.url}/v1/orders/4712`, 'PATCH', { status: 'shipped' });
  expect(JSON.parse(String((await told)[0]))).toMatchObject({ change: { event: 'changed' } });
  let seen = '';
  while (!seen.includes('event: order')) seen += (await reader?.read())?.value ?? '';
  expect(seen).toContain('"status":"shipped"');
  await reader?.cancel();
  feed.terminate();
});

test('the export’s bytes have the digest that it announces, and the import gives the same', async () => {
  const orders = await run(startOrders());
  const response = await fetch(`${orders.url}/v1/export?bytes=3000000`);
  const body = Buffer.from(await response.arrayBuffer());
  const digest = createHash('sha256').update(body).digest('hex');
  expect(body.length).toBe(3_000_000);
  expect(response.headers.get('x-sha256')).toBe(digest);
  const uploaded = await fetch(`${orders.url}/v1/import`, { method: 'POST', body });
  expect(await uploaded.json()).toEqual({ bytes: 3_000_000, sha256: digest });
  expect(Buffer.concat([...deterministicBytes(3_000_000)]).equals(body)).toBe(true);
});

test('a WebSocket upgrade elsewhere in orders is refused', async () => {
  const orders = await run(startOrders());
  const socket = new WebSocket(`${orders.url}/v1/orders`);
  const [error] = await once(socket, 'error');
  expect(String(error)).toContain('404');
});

test('payroll is read-only', async () => {
  const payroll = await run(startPayroll());
  expect((await send(`${payroll.url}/v1/payslips`, 'POST', {})).status).toBe(405);
  expect(await (await fetch(`${payroll.url}/v1/payslips/bob`)).json()).toHaveLength(1);
});

test('inventory remembers a new count', async () => {
  const inventory = await run(startInventory());
  expect((await send(`${inventory.url}/v1/items/crate-l`, 'PUT', { count: 'many' })).status).toBe(422);
  await send(`${inventory.url}/v1/items/crate-l`, 'PUT', { count: 5 });
  expect(await (await fetch(`${inventory.url}/v1/items/crate-l`)).json()).toEqual({ sku: 'crate-l', count: 5 });
});

test('echo records the raw target and headers of each request', async () => {
  const echo = await run(startEcho());
  await fetch(`${echo.url}/a%2Fb?x=%20`, { method: 'PUT', body: 'hi', headers: { 'X-Thing': '1' } });
  expect(echo.requests[0]).toMatchObject({ method: 'PUT', target: '/a%2Fb?x=%20', body: { bytes: 2 } });
  expect(echo.requestCount).toBe(1);
  echo.clear();
  expect(echo.requests).toHaveLength(0);
});

test('echo can be told to answer otherwise', async () => {
  const echo = await run(
    startEcho({
      answer: ({ response }) => {
        response.writeHead(418).end();
        return true;
      },
    }),
  );
  expect((await fetch(echo.url)).status).toBe(418);
});
