import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { frameType, resetCode } from '../../shared/tunnel/protocol.ts';
import { encodeResumption } from '../../shared/tunnel/resumption.ts';
import { startLinkedClient } from './support/linked-client.ts';
import { control, frame, getRequest, hello, openTunnel, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

let world: TunnelWorld;
let bystander: RawTunnel;

beforeAll(async () => {
  world = await startTunnelWorld({ limits: { hello_timeout_seconds: 4, max_streams_per_tunnel: 5 } });
});
afterAll(() => world.close());

beforeEach(async () => {
  bystander = await welcomedTunnel(world, 'bystander');
});

afterEach(async () => {
  expect(await bystander.request(1), 'another person’s tunnel goes on').toBe(200);
  await bystander.close();
});

const resume = (token: unknown, received: unknown): Uint8Array =>
  encodeResumption(frameType.resume, { token, received });

/** A tunnel with its resume token and the count of numbered bytes that it has received. */
async function resumable(person: string): Promise<{ tunnel: RawTunnel; token: string; received: () => number }> {
  const tunnel = await welcomedTunnel(world, person);
  const { resumeToken } = await tunnel.waitForControl('welcome');
  const received = (): number =>
    tunnel.frames.filter(({ type }) => type < 16).reduce((sum, { payload }) => sum + 12 + payload.length, 0);
  return { tunnel, token: String(resumeToken), received };
}

test.each<[string, Uint8Array[]]>([
  ['a stream before hello', [frame(frameType.open, 1, [0, 1])]],
  ['listeners before hello', [control({ type: 'listeners', listeners: [] })]],
  ['a second hello', [hello, hello]],
  ['an unknown control message', [hello, control({ type: 'sudo' })]],
  ['a hello of the wrong shape', [control({ type: 'hello', device: 'x', listeners: {} })]],
  ['a listener with id 0', [control({ type: 'hello', device: {}, listeners: [{ id: 0, hosts: {} }] })]],
  ['a truncated frame', [hello.subarray(0, 40)]],
  ['a resumption after hello', [hello, resume('x', 0)]],
  ['an answer to a resumption', [encodeResumption(frameType.resumed, {})]],
  ['a resumption of the wrong shape', [resume(5, -1)]],
  ['a resumption without an end', [resume('x'.repeat(201), 0)]],
])('%s closes with 4400', async (_what, messages) => {
  const tunnel = await openTunnel(world, 'ann');
  for (const message of messages) tunnel.socket.send(message);
  expect(await tunnel.closed).toBe(4400);
});

test('a tunnel that never says hello is closed with 4408', async () => {
  const tunnel = await openTunnel(world, 'ann');
  expect(await tunnel.closed).toBe(4408);
});

test('a ping or a refused resumption instead of a hello does not put the hello off', async () => {
  const pinging = await openTunnel(world, 'ann');
  pinging.send(frame(frameType.ping, 0, Buffer.alloc(8)));
  const resuming = await openTunnel(world, 'ann');
  resuming.send(resume('nothing', 0));
  await resuming.waitFor(({ type }) => type === frameType.resumeRefused);
  expect(await Promise.all([pinging.closed, resuming.closed])).toEqual([4408, 4408]);
});

test('after a refused resumption the same WebSocket can begin anew', async () => {
  const tunnel = await openTunnel(world, 'ann');
  tunnel.send(resume('nothing', 0));
  await tunnel.waitFor(({ type }) => type === frameType.resumeRefused);
  tunnel.send(hello);
  expect(await tunnel.request(1)).toBe(200);
  await tunnel.close();
});

test('streams of unknown listeners are reset, beyond the maximum the oldest silent one is; the tunnel goes on', async () => {
  const tunnel = await welcomedTunnel(world, 'ann');
  tunnel.send(frame(frameType.open, 1, [0, 2]));
  for (let id = 2; id <= 7; id += 1) tunnel.send(frame(frameType.open, id, [0, 1]));
  const refused = await tunnel.waitFor(({ type, streamId }) => type === frameType.reset && streamId === 1);
  expect(refused.payload[1]).toBe(resetCode.refused);
  const oldest = await tunnel.waitFor(({ type, streamId }) => type === frameType.reset && streamId === 2);
  expect(oldest.payload[1]).toBe(resetCode.cancelled);
  tunnel.send(frame(frameType.data, 7, getRequest()));
  await tunnel.waitFor(({ type, streamId }) => type === frameType.data && streamId === 7);
  await tunnel.close();
});

test('streams opened and reset over and over close the tunnel with 4429', async () => {
  const tunnel = await welcomedTunnel(world, 'ann');
  for (let batch = 0; batch < 10; batch += 1) {
    const frames = Array.from({ length: 1000 }, (_none, index) => [
      frame(frameType.open, batch * 1000 + index + 1, [0, 1]),
      frame(frameType.reset, batch * 1000 + index + 1, [0, 1]),
    ]);
    tunnel.send(...frames.flat());
  }
  expect(await tunnel.closed).toBe(4429);
});

test('the end of the sign-in closes open streams with a goaway and 4401', async () => {
  // Within the leeway of 60 s for clocks that differ.
  const tunnel = await openTunnel(world, 'ann', { token: await world.issuer.token('ann', -53) });
  tunnel.send(hello, frame(frameType.open, 1, [0, 1]), frame(frameType.data, 1, Buffer.from('GET / HTTP')));
  expect(await tunnel.waitForControl('goaway')).toMatchObject({ reason: 'session-expired' });
  expect(await tunnel.closed).toBe(4401);
});

test('a renewal with another person’s token is refused, and the session stays whose it was', async () => {
  const tunnel = await welcomedTunnel(world, 'ann');
  tunnel.send(control({ type: 'renew', token: await world.issuer.token('bob') }));
  expect(await tunnel.waitForControl('renewal-refused')).toMatchObject({ code: 'token-rejected' });
  tunnel.send(control({ type: 'renew', token: await world.issuer.token('ann') }));
  await tunnel.waitForControl('renewed');
  await tunnel.close();
});

test('a tunnel goes on where it was: what was lost is sent again, and nothing else', async () => {
  const { tunnel, token, received } = await resumable('ann');
  tunnel.send(frame(frameType.open, 1, [0, 1]), frame(frameType.data, 1, getRequest().subarray(0, 10)));
  tunnel.socket.terminate();
  await tunnel.closed;
  const again = await openTunnel(world, 'ann');
  again.send(resume(token, received()));
  const answer = await again.waitFor(({ type }) => type === frameType.resumed);
  const has = (JSON.parse(answer.payload.toString()) as { received: number }).received;
  // What the relay has is the hello, and the second message or not: it was lost or it was not.
  const second = 12 + 2 + 12 + 10;
  expect([hello.length, hello.length + second]).toContain(has);
  if (has === hello.length) {
    again.send(frame(frameType.open, 1, [0, 1]), frame(frameType.data, 1, getRequest().subarray(0, 10)));
  }
  again.send(frame(frameType.data, 1, getRequest().subarray(10)));
  const data = await again.waitFor(({ type }) => type === frameType.data);
  expect(data.payload.toString()).toMatch(/^HTTP\/1\.1 200 /u);
  await again.close();
});

test('a resume token is void once the client has spoken on the resumed tunnel', async () => {
  const { tunnel, token, received } = await resumable('ann');
  tunnel.socket.terminate();
  await tunnel.closed;
  const again = await openTunnel(world, 'ann');
  again.send(resume(token, received()));
  await again.waitFor(({ type }) => type === frameType.resumed);
  expect(await again.request(1)).toBe(200);
  const thief = await openTunnel(world, 'ann');
  thief.send(resume(token, received()));
  await thief.waitFor(({ type }) => type === frameType.resumeRefused);
  await Promise.all([again.close(), thief.close()]);
});

test('a resumption whose answer was lost can be tried again with the same token', async () => {
  const { tunnel, token, received } = await resumable('ann');
  tunnel.socket.terminate();
  await tunnel.closed;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const unheard = await openTunnel(world, 'ann');
    unheard.send(resume(token, received()));
    await unheard.waitFor(({ type }) => type === frameType.resumed);
    unheard.socket.terminate();
    await unheard.closed;
  }
  const again = await openTunnel(world, 'ann');
  again.send(resume(token, received()));
  await again.waitFor(({ type }) => type === frameType.resumed);
  expect(await again.request(1)).toBe(200);
  await again.close();
});

test('a resume token is useless to another person, and ends the tunnel that it was stolen from', async () => {
  const { tunnel, token, received } = await resumable('ann');
  const thief = await openTunnel(world, 'mallory');
  thief.send(resume(token, received()));
  await thief.waitFor(({ type }) => type === frameType.resumeRefused);
  expect(await tunnel.closed).toBe(4403);
  await thief.close();
});

test('a position that is inside a message, or that was never sent, is refused', async () => {
  for (const position of [(has: number) => has - 1, (has: number) => has + 100_000]) {
    const { tunnel, token, received } = await resumable('ann');
    tunnel.socket.terminate();
    await tunnel.closed;
    const again = await openTunnel(world, 'ann');
    again.send(resume(token, position(received())));
    await again.waitFor(({ type }) => type === frameType.resumeRefused);
    await again.close();
  }
});

test('what the replaced WebSocket still says is not heard: the client says it again', async () => {
  const { tunnel, token, received } = await resumable('ann');
  const again = await openTunnel(world, 'ann');
  const request = [frame(frameType.open, 1, [0, 1]), frame(frameType.data, 1, getRequest())];
  again.send(resume(token, received()));
  tunnel.send(...request);
  const answer = await again.waitFor(({ type }) => type === frameType.resumed);
  const has = (JSON.parse(answer.payload.toString()) as { received: number }).received;
  if (has === hello.length) again.send(...request);
  await again.waitFor(({ type }) => type === frameType.data);
  expect(again.socket.readyState).toBe(again.socket.OPEN);
  await again.close();
});

test('an orderly close ends the tunnel at once: its token resumes nothing', async () => {
  const { tunnel, token, received } = await resumable('ann');
  tunnel.socket.close(1000);
  await tunnel.closed;
  const again = await openTunnel(world, 'ann');
  again.send(resume(token, received()));
  await again.waitFor(({ type }) => type === frameType.resumeRefused);
  await again.close();
});

test('a tunnel that is closed while it is being dialed comes up when it is opened again', async () => {
  const client = await startLinkedClient(world, { relayPort: world.relayPort });
  await client.tunnel.close();
  client.tunnel.open();
  await client.waitForState('open');
  expect(client.states.map(({ status }) => status)).toEqual(['connecting', 'closed', 'connecting', 'open']);
  await client.close();
});
