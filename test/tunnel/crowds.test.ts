import { afterAll, beforeAll, expect, test } from 'vitest';
import { frameType } from '../../shared/tunnel/protocol.ts';
import { frame, getRequest, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

const crowd = 100;
let world: TunnelWorld;

beforeAll(async () => {
  world = await startTunnelWorld();
});
afterAll(() => world.close());

/** The beginning of what came on a stream. */
async function answer(tunnel: RawTunnel, streamId: number): Promise<string> {
  const data = await tunnel.waitFor((one) => one.type === frameType.data && one.streamId === streamId);
  return data.payload.toString('latin1').slice(0, 12);
}

test('a crowd of connections in one message is answered, each with its own, in whatever pieces requests come', async () => {
  const tunnel = await welcomedTunnel(world, 'ann');
  const request = getRequest();
  const ids = Array.from({ length: crowd }, (_, index) => index + 1);
  tunnel.send(
    ...ids.flatMap((id) => [frame(frameType.open, id, [0, 1]), frame(frameType.data, id, request.subarray(0, 20))]),
  );
  tunnel.send(...ids.map((id) => frame(frameType.data, id, request.subarray(20))));
  expect(new Set(await Promise.all(ids.map((id) => answer(tunnel, id))))).toEqual(new Set(['HTTP/1.1 200']));
  await tunnel.close();
});

test('connections of a crowd that are reset before they had their turn harm nobody', async () => {
  const tunnel = await welcomedTunnel(world, 'ann');
  const ids = Array.from({ length: crowd }, (_, index) => index + 1);
  tunnel.send(
    ...ids.flatMap((id) => [frame(frameType.open, id, [0, 1]), frame(frameType.data, id, getRequest())]),
    ...ids.filter((id) => id % 2 === 0).map((id) => frame(frameType.reset, id, [0, 1])),
  );
  const kept = ids.filter((id) => id % 2 === 1);
  expect(new Set(await Promise.all(kept.map((id) => answer(tunnel, id))))).toEqual(new Set(['HTTP/1.1 200']));
  await tunnel.close();
});

test('callers of a crowd that end their side behind the request fare like one that comes alone', async () => {
  const tunnel = await welcomedTunnel(world, 'ann');
  const outcome = async (id: number): Promise<string> => {
    const first = await tunnel.waitFor(
      (one) => one.streamId === id && one.type !== frameType.credit && one.type !== frameType.mark,
    );
    return `${first.type} ${first.payload.toString('latin1').slice(0, 12)}`;
  };
  const whole = (id: number): Buffer[] => [
    frame(frameType.open, id, [0, 1]),
    frame(frameType.data, id, getRequest()),
    frame(frameType.end, id),
  ];
  tunnel.send(...whole(1));
  const alone = await outcome(1);
  const ids = Array.from({ length: crowd }, (_, index) => index + 2);
  tunnel.send(...ids.flatMap(whole));
  expect(new Set(await Promise.all(ids.map(outcome)))).toEqual(new Set([alone]));
  await tunnel.close();
});
