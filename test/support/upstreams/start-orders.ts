import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import { deterministicBytes, deterministicDigest } from './deterministic-bytes.ts';
import { readJson, sendJson, startUpstream, type Upstream, type UpstreamRequest } from './start-upstream.ts';

export interface Order {
  readonly id: number;
  readonly customer: string;
  readonly status: 'new' | 'packed' | 'shipped' | 'cancelled';
  readonly totalCents: number;
  readonly currency: string;
}

export interface OrdersUpstream extends Upstream {
  /** The orders as they are now, by id. */
  readonly orders: ReadonlyMap<number, Order>;
}

const seed: readonly Order[] = [
  { id: 4711, customer: 'Nordwind Logistik', status: 'shipped', totalCents: 128_450, currency: 'EUR' },
  { id: 4712, customer: 'Harbour & Sons', status: 'packed', totalCents: 9_900, currency: 'GBP' },
  { id: 4713, customer: 'Atelier Lune', status: 'new', totalCents: 45_000, currency: 'EUR' },
];
const statuses: readonly string[] = ['new', 'packed', 'shipped', 'cancelled'];
const exportBytes = 100 * 1_000_000;
const maxExportBytes = 2_000_000_000;

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Takes the fields that an order has and that are of the right type. */
function orderFields(body: Record<string, unknown>): Partial<Omit<Order, 'id'>> {
  const { customer, status, totalCents, currency } = body;
  return {
    ...(typeof customer === 'string' ? { customer } : {}),
    ...(typeof status === 'string' && statuses.includes(status) ? { status: status as Order['status'] } : {}),
    ...(typeof totalCents === 'number' ? { totalCents } : {}),
    ...(typeof currency === 'string' ? { currency } : {}),
  };
}

async function sendExport({ response, url, method }: UpstreamRequest): Promise<void> {
  const bytes = Math.min(Number(url.searchParams.get('bytes') ?? exportBytes), maxExportBytes);
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    return sendJson(response, 400, { error: 'bytes must be a whole number' });
  const digest = deterministicDigest(bytes);
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes,
    'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`,
    'x-sha256': digest,
  });
  if (method === 'HEAD') response.end();
  else await pipeline(Readable.from(deterministicBytes(bytes), { objectMode: false }), response);
}

async function receiveImport({ request, response }: UpstreamRequest): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  sendJson(response, 200, { bytes, sha256: hash.digest('hex') });
}

function sendEvents(response: ServerResponse, changes: EventEmitter, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let id = 0;
  const send = (event: string, data: unknown): void => {
    id += 1;
    response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const onChange = (change: unknown): void => send('order', change);
  send('hello', { feed: 'orders' });
  const timer = setInterval(() => send('tick', { timeMs: Date.now() }), everyMs);
  changes.on('change', onChange);
  response.on('close', () => {
    clearInterval(timer);
    changes.off('change', onChange);
  });
}

function feed(socket: WebSocket, changes: EventEmitter): void {
  const onChange = (change: unknown): void => socket.send(JSON.stringify({ type: 'order', change }));
  changes.on('change', onChange);
  socket.on('close', () => changes.off('change', onChange));
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.send(data, { binary: true });
    else socket.send(JSON.stringify({ type: 'echo', text: (data as Buffer).toString() }));
  });
  socket.send(JSON.stringify({ type: 'hello', feed: 'orders' }));
}

/**
 * Starts the orders API: REST with real state under `/v1/orders` and `/v1/refunds`, an SSE feed `/v1/events`
 * (`?everyMs=`), a WebSocket feed `/v1/feed` that also echoes, `/v1/slow` (`?ms=`), `/v1/export` (`?bytes=`, 100 MB by
 * default, with `Repr-Digest`, RFC 9530) and the upload sink `/v1/import`.
 */
export async function startOrders(options: { port?: number } = {}): Promise<OrdersUpstream> {
  const orders = new Map(seed.map((order) => [order.id, order]));
  const refunds: { id: number; orderId: number; cents: number }[] = [];
  const changes = new EventEmitter().setMaxListeners(0);
  let nextId = 4714;

  async function createOrder({ request, response }: UpstreamRequest): Promise<void> {
    const body = await readJson(request);
    if (!isFields(body) || typeof body['customer'] !== 'string')
      return sendJson(response, 422, { error: 'customer is missing' });
    const order: Order = {
      customer: body['customer'],
      status: 'new',
      totalCents: 0,
      currency: 'EUR',
      ...orderFields(body),
      id: nextId,
    };
    nextId += 1;
    orders.set(order.id, order);
    changes.emit('change', { event: 'created', order });
    sendJson(response, 201, order, { location: `/v1/orders/${order.id}` });
  }

  async function oneOrder({ request, response, method }: UpstreamRequest, id: number): Promise<void> {
    const order = orders.get(id);
    if (order === undefined) return sendJson(response, 404, { error: `There is no order ${id}` });
    if (method === 'GET' || method === 'HEAD') return sendJson(response, 200, order);
    if (method === 'PATCH') {
      const body = await readJson(request);
      if (!isFields(body)) return sendJson(response, 400, { error: 'The body must be a JSON object' });
      const changed: Order = { ...order, ...orderFields(body) };
      orders.set(id, changed);
      changes.emit('change', { event: 'changed', order: changed });
      return sendJson(response, 200, changed);
    }
    if (method === 'DELETE') {
      orders.delete(id);
      changes.emit('change', { event: 'deleted', order });
      response.writeHead(204).end();
      return undefined;
    }
    return sendJson(response, 405, { error: 'method not allowed' }, { allow: 'GET, HEAD, PATCH, DELETE' });
  }

  async function createRefund({ request, response }: UpstreamRequest): Promise<void> {
    const body = await readJson(request);
    const orderId = isFields(body) ? Number(body['orderId']) : Number.NaN;
    const order = orders.get(orderId);
    if (order === undefined) return sendJson(response, 422, { error: 'orderId names no order' });
    const refund = { id: refunds.length + 1, orderId, cents: order.totalCents };
    refunds.push(refund);
    return sendJson(response, 201, refund);
  }

  async function answer(exchange: UpstreamRequest): Promise<void> {
    const { response, method, url } = exchange;
    const orderId = /^\/v1\/orders\/(?<id>\d+)$/u.exec(url.pathname)?.groups?.['id'];
    if (orderId !== undefined) return oneOrder(exchange, Number(orderId));
    const reading = method === 'GET' || method === 'HEAD';
    switch (url.pathname) {
      case '/v1/orders': {
        if (method === 'POST') return createOrder(exchange);
        const status = url.searchParams.get('status');
        return sendJson(
          response,
          200,
          [...orders.values()].filter((order) => status === null || order.status === status),
        );
      }
      case '/v1/refunds':
        return reading ? sendJson(response, 200, refunds) : createRefund(exchange);
      case '/v1/events':
        return sendEvents(response, changes, Number(url.searchParams.get('everyMs') ?? 1000));
      case '/v1/slow': {
        const timer = setTimeout(
          () => sendJson(response, 200, { slow: true }),
          Number(url.searchParams.get('ms') ?? 2000),
        );
        response.on('close', () => clearTimeout(timer));
        return undefined;
      }
      case '/v1/export':
        return sendExport(exchange);
      case '/v1/import':
        return receiveImport(exchange);
      default:
        return sendJson(response, 404, { error: 'not found' });
    }
  }

  const upstream = await startUpstream({
    ...(options.port === undefined ? {} : { port: options.port }),
    onRequest: answer,
    acceptsWebSocket: (url) => url.pathname === '/v1/feed',
    onWebSocket: (socket) => feed(socket, changes),
  });
  return Object.defineProperty(upstream, 'orders', { value: orders }) as OrdersUpstream;
}
