import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { frameType } from '../../shared/tunnel/protocol.ts';
import { encodeResumption } from '../../shared/tunnel/resumption.ts';
import { openTunnel, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

const perSecond = 3;
const tunnels = 5;
let world: TunnelWorld;

beforeAll(async () => {
  world = await startTunnelWorld({
    limits: { max_handshakes_per_second: perSecond },
    workers: 1,
    configure: (config) => ({ ...config, log: { level: 'debug' } }),
  });
});
afterAll(() => world.close());

/** Tries again until the relay lets it in. */
function insist(dial: () => Promise<RawTunnel>): Promise<RawTunnel> {
  return vi.waitFor(dial, { timeout: 60_000, interval: 20 });
}

async function resumed(tunnel: RawTunnel): Promise<RawTunnel> {
  const { resumeToken } = await tunnel.waitForControl('welcome');
  const received = tunnel.frames
    .filter(({ type }) => type < 16)
    .reduce((sum, { payload }) => sum + 12 + payload.length, 0);
  tunnel.socket.terminate();
  await tunnel.closed;
  const again = await insist(() => openTunnel(world, 'ann'));
  again.send(encodeResumption(frameType.resume, { token: String(resumeToken), received }));
  await again.waitFor(({ type }) => type === frameType.resumed);
  return again;
}

test('tunnels that come back count like new ones, and no second lets in more than the rate', async () => {
  const crowd = Array.from({ length: tunnels }, () => null);
  const opened = await Promise.all(crowd.map(() => insist(() => welcomedTunnel(world, 'ann'))));
  const back = await Promise.all(opened.map(resumed));
  const lines = () => world.relay.log.filter(({ msg }) => msg === 'tunnel handshake');
  // The log may come a little later than what it tells of.
  await expect.poll(() => lines().length).toBeGreaterThanOrEqual(tunnels * 2);
  const begunAtMs = lines().map((line) => Number(line['begunAtMs']));
  expect(begunAtMs).toHaveLength(tunnels * 2);
  for (const from of begunAtMs) {
    expect(begunAtMs.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(perSecond);
  }
  await Promise.all(back.map((tunnel) => tunnel.close()));
});
