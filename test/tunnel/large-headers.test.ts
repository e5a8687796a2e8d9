import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

/** The largest that the configuration takes. */
const maxHeaderBytes = 1_048_576;
const maxHeaders = 5000;
let server: Server;
let received: IncomingMessage[] = [];
let world: TunnelWorld;
let client: LinkedClient;

beforeAll(async () => {
  server = createServer({ maxHeaderSize: maxHeaderBytes * 2 }, (request, response) => {
    received.push(request);
    response.end('ok');
  });
  server.maxHeadersCount = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world = await startTunnelWorld({
    upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    limits: { max_header_bytes: maxHeaderBytes, max_headers: maxHeaders },
  });
  client = await startLinkedClient(world, { relayPort: world.relayPort });
  await client.waitForState('open');
});
afterAll(async () => {
  await client.close();
  await world.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  received = [];
});

/** Heads of about so many bytes altogether, in fields of 60,000 at most. */
function fields(bytes: number): string[] {
  const lines: string[] = [];
  for (let left = bytes; left > 0; left -= 60_000) {
    const name = `x-large-${lines.length}`;
    lines.push(`${name}: ${'v'.repeat(Math.max(1, Math.min(left, 60_000) - name.length - 4))}`);
  }
  return lines;
}

async function answerTo(lines: readonly string[], partBytes = Infinity): Promise<string> {
  const socket = connect(client.port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  const head = [`GET /large HTTP/1.1`, `Host: 127.0.0.1:${client.port}`, ...lines, 'Connection: close', '', ''].join(
    '\r\n',
  );
  for (let offset = 0; offset < head.length; offset += Math.min(partBytes, head.length)) {
    if (!socket.write(head.slice(offset, offset + partBytes))) await once(socket, 'drain');
  }
  return text(socket);
}

test.each([
  ['a head of a little more than 1 MiB', fields(maxHeaderBytes + 2000)],
  ['10,000 headers', Array.from({ length: 10_000 }, (_none, index) => `x-${index}: y`)],
  ['one header more than allowed', Array.from({ length: maxHeaders - 1 }, (_none, index) => `x-${index}: y`)],
])('%s: 431, and nothing at the upstream', async (_what, lines) => {
  expect(await answerTo(lines)).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"headers-too-large"/u);
  expect(received).toEqual([]);
});

test.each([
  ['at once', Infinity],
  ['in parts of 7,001 bytes', 7001],
])('a head of just under 1 MiB reaches the upstream as it is, sent %s', async (_what, partBytes) => {
  const lines = fields(maxHeaderBytes - 2000);
  expect(await answerTo(lines, partBytes)).toMatch(/^HTTP\/1\.1 200 /u);
  const [request] = received;
  for (const line of lines) {
    const [name = '', value] = line.split(': ');
    expect(request?.headers[name] === value, name).toBe(true);
  }
});

test('as many headers as allowed reach the upstream', async () => {
  const lines = Array.from({ length: maxHeaders - 2 }, (_none, index) => `x-${index}: y`);
  expect(await answerTo(lines)).toMatch(/^HTTP\/1\.1 200 /u);
  expect(Object.keys(received[0]?.headers ?? {}).filter((name) => /^x-\d+$/u.test(name)).length).toBe(lines.length);
});

test('a head that never ends is refused at the limit, and another tunnel is served meanwhile', async () => {
  const other: RawTunnel = await welcomedTunnel(world, 'other');
  const socket = connect(client.port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  socket.write(`GET /large HTTP/1.1\r\nHost: 127.0.0.1:${client.port}\r\nx-endless: `);
  const answer = text(socket).catch(() => '');
  const part = 'v'.repeat(65_536);
  let over = false;
  socket.once('close', () => (over = true));
  for (let sent = 0, id = 1; !over && sent < 64 * maxHeaderBytes; sent += part.length) {
    if (!socket.write(part)) {
      await Promise.race([once(socket, 'drain').catch(() => undefined), answer]);
      expect(await other.request(id)).toBe(200);
      id += 1;
    }
  }
  expect(over || socket.destroyed || socket.readableEnded).toBe(true);
  expect(received.filter(({ url }) => url === '/large')).toEqual([]);
  await other.close();
});
