import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOrders, type OrdersUpstream } from '../../support/upstreams/start-orders.ts';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

const bulkBytes = 200 * 1_000_000;
/** A relay that does nothing has 240 MB. */
const maxRelayMb = 350;

let echo: EchoUpstream;
let orders: OrdersUpstream;
let world: PipelineWorld;
let host: string;
/** Answers that the upstream holds open for a test to write to. */
const open: ServerResponse[] = [];

beforeAll(async () => {
  orders = await startOrders();
  echo = await startEcho({
    answer: ({ response, url }) => {
      if (url.pathname === '/hold') open.push(response.writeHead(200, { 'content-type': 'text/event-stream' }));
      else if (url.pathname === '/range') {
        response.writeHead(206, { 'content-range': 'bytes 2-4/10', 'content-length': 3 }).end('cde');
      } else return false;
      if (url.pathname === '/hold') response.flushHeaders();
      return true;
    },
  });
  world = await startPipelineWorld({
    separate: true,
    apis: [
      {
        id: 'echo',
        name: 'Echo',
        upstream: echo.url,
        rules: [
          { name: 'all', groups: ['*'] },
          { name: 'not-here', effect: 'deny', groups: ['*'], paths: ['/denied'] },
        ],
      },
      { id: 'orders', name: 'Orders', upstream: orders.url },
    ],
  });
  host = `127.0.0.1:${world.port('echo')}`;
});

afterAll(async () => {
  await world.close();
  await Promise.all([echo.close(), orders.close()]);
});

beforeEach(() => {
  echo.clear();
  open.splice(0);
});

async function withConnection<T>(use: (connection: RawConnection) => Promise<T>): Promise<T> {
  const connection = await RawConnection.open(world.port('echo'));
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}

const head = (method: string, path: string, ...lines: string[]): string =>
  `${[`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...lines].join('\r\n')}\r\n\r\n`;

/** The most memory that the relay has ever held resident, in MB. */
function relayPeakMb(): number {
  const status = readFileSync(`/proc/${world.process?.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

describe('Expect: 100-continue', () => {
  it('for a denied request gets the denial at once, without a body being asked for', () =>
    withConnection(async (connection) => {
      connection.write(head('POST', '/denied', 'Expect: 100-continue', 'Content-Length: 5'));
      const response = await connection.readResponse();
      expect(response.status).toBe(403);
      expect(response.headers['connection']).toBe('close');
      await connection.ended();
      expect(echo.requests).toEqual([]);
    }));

  it('for an allowed one asks for the body, and the upstream gets it', () =>
    withConnection(async (connection) => {
      connection.write(head('POST', '/wanted', 'Expect: 100-continue', 'Content-Length: 5'));
      expect((await connection.readResponse()).status).toBe(100);
      connection.write('abcde');
      expect(JSON.parse((await connection.readResponse()).body.toString())).toMatchObject({ body: { bytes: 5 } });
      expect(echo.requests[0]?.headers['expect']).toBe('100-continue');
    }));
});

describe('HTTP/1.1 through the tunnel', () => {
  it('keeps a connection alive over many requests of all kinds', () =>
    withConnection(async (connection) => {
      for (let count = 0; count < 50; count += 1) {
        const method = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'][count % 5] ?? 'GET';
        const body = method === 'POST' ? 'x'.repeat(count) : '';
        connection.write(head(method, `/n/${count}`, `Content-Length: ${body.length}`) + body);
        const response = await connection.readResponse(method);
        expect(response.status).toBe(200);
        if (method !== 'HEAD') expect(JSON.parse(response.body.toString())).toMatchObject({ target: `/n/${count}` });
      }
    }));

  it('carries chunks up as they come, and their end', () =>
    withConnection(async (connection) => {
      connection.write(head('POST', '/chunks', 'Transfer-Encoding: chunked'));
      const hash = createHash('sha256');
      for (let size = 1; size < 2000; size += 97) {
        const chunk = randomBytes(size);
        hash.update(chunk);
        connection.write(Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]));
      }
      connection.write('0\r\n\r\n');
      const answer: unknown = JSON.parse((await connection.readResponse()).body.toString());
      expect(answer).toMatchObject({ body: { sha256: hash.digest('hex') } });
    }));

  it('carries Range and 206 as they are', () =>
    withConnection(async (connection) => {
      connection.write(head('GET', '/range', 'Range: bytes=2-4'));
      const response = await connection.readResponse();
      expect(response).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 2-4/10' } });
      expect(echo.requests[0]?.headers['range']).toBe('bytes=2-4');
    }));

  it('takes large headers', () =>
    withConnection(async (connection) => {
      const value = 'v'.repeat(6000);
      connection.write(head('GET', '/large', `X-One: ${value}`, `X-Two: ${value}`));
      expect((await connection.readResponse()).status).toBe(200);
      expect(echo.requests[0]?.headers['x-two']).toBe(value);
    }));

  it('delivers each server-sent event before the next is sent', () =>
    withConnection(async (connection) => {
      connection.write(head('GET', '/hold'));
      await expect.poll(() => open.length).toBe(1);
      for (let count = 0; count < 5; count += 1) {
        open[0]?.write(`data: event-${count}\n\n`);
        await connection.waitForText(`event-${count}`);
        expect(connection.received.includes(`event-${count}`)).toBe(true);
      }
      open[0]?.end();
      expect((await connection.readResponse()).whole).toBe(true);
    }));

  it('tells the upstream when the caller leaves, and records it', async () => {
    await withConnection(async (connection) => {
      connection.write(head('GET', '/hold'));
      await expect.poll(() => open.length).toBe(1);
      await connection.waitForText('event-stream');
    });
    const [response] = open;
    if (response !== undefined && !response.closed) await once(response, 'close');
    await expect.poll(() => world.decisions(1)[0]?.outcome?.outcome).toBe('aborted');
  });

  it('never shows the upstream a whole request when the caller leaves inside the body', async () => {
    await withConnection(async (connection) => {
      connection.write(`${head('POST', '/cut', 'Content-Length: 10')}abc`);
      await expect.poll(() => echo.requests.length).toBe(1);
    });
    await expect.poll(() => world.decisions(1)[0]?.outcome?.outcome).toBe('unknown');
    expect(echo.requests[0]?.body).toBeNull();
  });
});

describe('WebSocket', () => {
  const connect = (path: string): WebSocket => new WebSocket(`ws://${host}${path}`, { perMessageDeflate: false });

  it('is refused by policy like any request', async () => {
    const socket = connect('/denied');
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
    expect(echo.requests).toEqual([]);
    socket.on('error', () => undefined).terminate();
  });

  it('carries large frames both ways and the close code', async () => {
    const socket = connect('/socket');
    await once(socket, 'open');
    const bytes = randomBytes(5_000_000);
    socket.send(bytes);
    const [received] = (await once(socket, 'message')) as [Buffer];
    expect(received.equals(bytes)).toBe(true);
    socket.send('text');
    const [text, binary] = (await once(socket, 'message')) as [Buffer, boolean];
    expect([text.toString(), binary]).toEqual(['text', false]);
    socket.close(4321, 'done');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(4321);
    await expect
      .poll(() => world.decisions(1)[0])
      .toMatchObject({ record: { path: '/socket' }, outcome: { status: 101 } });
  });
});

describe.runIf(process.platform === 'linux')('200 MB', { timeout: 180_000 }, () => {
  it('go down with the right hash, and the relay’s memory stays bounded', async () => {
    const response = await fetch(`http://127.0.0.1:${world.port('orders')}/v1/export?bytes=${bulkBytes}`);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    expect(bytes).toBe(bulkBytes);
    expect(hash.digest('hex')).toBe(response.headers.get('x-sha256'));
    expect(relayPeakMb()).toBeLessThan(maxRelayMb);
  });

  it('go up with the right hash, and the relay’s memory stays bounded', async () => {
    const part = randomBytes(1_000_000);
    const hash = createHash('sha256');
    function* body(): Generator<Buffer> {
      for (let sent = 0; sent < bulkBytes; sent += part.length) {
        hash.update(part);
        yield part;
      }
    }
    const response = await fetch(`http://127.0.0.1:${world.port('orders')}/v1/import`, {
      method: 'POST',
      body: Readable.toWeb(Readable.from(body(), { objectMode: false })) as unknown as BodyInit,
      duplex: 'half',
    } as RequestInit);
    expect(await response.json()).toEqual({ bytes: bulkBytes, sha256: hash.digest('hex') });
    expect(relayPeakMb()).toBeLessThan(maxRelayMb);
  });

  it('that a caller doesn’t read wait at the upstream, and others go on', async () => {
    const stalled = await RawConnection.open(world.port('orders'));
    stalled.socket.pause();
    stalled.write(`GET /v1/export?bytes=${bulkBytes} HTTP/1.1\r\nHost: 127.0.0.1:${world.port('orders')}\r\n\r\n`);
    for (let count = 0; count < 100; count += 1) {
      await withConnection(async (connection) => {
        connection.write(head('GET', '/other'));
        expect((await connection.readResponse()).status).toBe(200);
      });
    }
    expect(relayPeakMb()).toBeLessThan(maxRelayMb);
    stalled.close();
  });
});
