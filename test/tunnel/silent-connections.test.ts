import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { frameType } from '../../shared/tunnel/protocol.ts';
import { headersFrame, http2Frame, http2Type, requestHead, uint32 } from './support/raw-http2.ts';
import { frame, getRequest, host, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const settings = http2Frame(http2Type.settings, 0, 0);
let world: TunnelWorld;
let tunnel: RawTunnel;
let requests = 0;

beforeAll(async () => {
  world = await startTunnelWorld({
    limits: { header_timeout_seconds: 1 },
    answer: () => {
      requests += 1;
      return false;
    },
  });
  tunnel = await welcomedTunnel(world, 'alice');
});
afterAll(async () => {
  tunnel.socket.terminate();
  await world.close();
});

test.for([
  { id: 1, name: 'nothing', bytes: Buffer.alloc(0) },
  { id: 201, name: 'PRI', bytes: preface.subarray(0, 3) },
  { id: 401, name: 'the HTTP/2 preface', bytes: preface },
  { id: 601, name: 'the preface and SETTINGS', bytes: Buffer.concat([preface, settings]) },
  { id: 801, name: 'half a head', bytes: getRequest().subarray(0, 8) },
])('a connection that sends $name is ended after the time for heads', async ({ id, bytes }) => {
  tunnel.send(frame(frameType.open, id, [0, 1]), ...(bytes.length === 0 ? [] : [frame(frameType.data, id, bytes)]));
  await tunnel.waitFor(({ type, streamId }) => streamId === id && (type === frameType.reset || type === frameType.end));
  expect(await tunnel.request(id + 100)).toBe(200);
});

test('requests that are reset in the write that brings them reach no API, and their connection ends', async () => {
  requests = 0;
  const pairs = Array.from({ length: 1500 }, (_, at) => [
    headersFrame(2 * at + 1, requestHead('GET', '/', host)),
    http2Frame(http2Type.reset, 0, 2 * at + 1, uint32(8)),
  ]).flat();
  tunnel.send(
    frame(frameType.open, 9999, [0, 1]),
    frame(frameType.data, 9999, Buffer.concat([preface, settings, ...pairs])),
  );
  await tunnel.waitFor(
    ({ type, streamId }) => streamId === 9999 && (type === frameType.reset || type === frameType.end),
  );
  expect(requests).toBe(0);
});
