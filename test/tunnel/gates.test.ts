import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';
import { dial, openTunnel, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';

let world: TunnelWorld;
let bystander: RawTunnel;
let nextStream = 1;

beforeAll(async () => {
  world = await startTunnelWorld({ limits: { max_tunnels_per_user: 2, max_unauthenticated_connections: 20 } });
});
afterAll(() => world.close());

beforeEach(async () => {
  bystander = await welcomedTunnel(world, 'bystander');
  nextStream = 1;
});

afterEach(async () => {
  expect(await bystander.request(nextStream++), 'another person’s tunnel goes on').toBe(200);
  await bystander.close();
});

test('a page of any origin is refused with 403, even with a valid token', async () => {
  expect(await dial(world, 'ann', { headers: { Origin: 'https://evil.example' } })).toEqual({
    status: 403,
    code: 'origin-not-allowed',
  });
});

test.each([{ 'Content-Length': '5' }, { 'Transfer-Encoding': 'chunked' }])(
  'a body, which never comes, is 400, even with a valid token: %j',
  async (headers) => {
    expect(await dial(world, 'ann', { headers })).toEqual({ status: 400, code: 'bad-request' });
  },
);

test('no token is 401', async () => {
  expect(await dial(world, 'ann', { token: null })).toEqual({ status: 401, code: 'token-rejected' });
});

test('a token in the query is not looked at', async () => {
  const token = await world.issuer.token('ann');
  const dialed = await dial(world, 'ann', { token: null, path: `/v1/tunnel?access_token=${token}` });
  expect(dialed.status).toBe(404);
});

test('an unreadable, a foreign, an altered and an expired token are 401', async () => {
  const expired = await world.issuer.token('ann', -120);
  const foreign = await world.issuer.token('ann', 60, { iss: 'https://other.example' });
  const [header, payload, signature = ''] = (await world.issuer.token('ann', 60)).split('.');
  // The signature's first character: the last one's bits aren't all part of it.
  const altered = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  for (const token of ['x', foreign, altered, expired]) {
    expect((await dial(world, 'ann', { token })).status).toBe(401);
  }
});

test('another subprotocol is 426, and none as well', async () => {
  for (const protocol of ['causeway.tunnel.v0', 'graphql-ws', '']) {
    expect(await dial(world, 'ann', { protocol })).toEqual({ status: 426, code: 'client-too-old' });
  }
});

test.each(['/', '/v1/tunnel/', '/v1/tunnel?x=1', '/V1/TUNNEL', '//v1/tunnel', '/v1/%74unnel'])(
  'an upgrade at %s is 404',
  async (path) => {
    expect((await dial(world, 'ann', { path })).status).toBe(404);
  },
);

test('compression is never agreed to', async () => {
  const tunnel = await openTunnel(world, 'ann', { perMessageDeflate: true });
  expect(tunnel.socket.extensions).toBe('');
  await tunnel.close();
});

test('one person’s tunnels are capped, and closing one makes room', async () => {
  const first = await welcomedTunnel(world, 'ann');
  const second = await welcomedTunnel(world, 'ann');
  const third = await openTunnel(world, 'ann');
  third.send(Buffer.alloc(0));
  expect(await third.closed).toBe(4429);
  await first.close();
  // The relay may notice a moment later than its client.
  const fourth = await vi.waitFor(() => welcomedTunnel(world, 'ann'), { timeout: 30_000, interval: 50 });
  await Promise.all([second.close(), fourth.close()]);
});

test('upgrades that never say hello can’t pass a person’s cap', async () => {
  const silent = [];
  for (let index = 0; index < 4; index += 1) silent.push(await openTunnel(world, 'silent'));
  expect(await dial(world, 'silent')).toEqual({ status: 429, code: 'overloaded' });
  for (const tunnel of silent) await tunnel.close();
});

async function openTls(): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: world.relayPort, ca: world.ca });
  socket.on('error', () => socket.destroy());
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  return socket;
}

test('connections that never say who they are push out each other, not people with a token', async () => {
  const idle: TLSSocket[] = [];
  for (let index = 0; index < 60; index += 1) idle.push(await openTls());
  const tunnel = await welcomedTunnel(world, 'ann');
  expect(await tunnel.request(1)).toBe(200);
  await expect.poll(() => idle.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(20);
  await tunnel.close();
  for (const socket of idle) socket.destroy();
});

test('what isn’t HTTP at all gets 400 and the end of the connection', async () => {
  const socket = await openTls();
  socket.end(Buffer.from([0x16, 0x03, 0x01, 0, 1, 2, 3, 13, 10, 13, 10]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /u);
  if (!socket.closed) await once(socket, 'close');
});
