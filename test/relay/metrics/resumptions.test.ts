import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { encodeResumption } from '../../../shared/tunnel/resumption.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { freePort } from '../../support/free-port.ts';
import { openTunnel, welcomedTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
let metricsUrl: string;
beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  world = await startTunnelWorld({ configure: (config) => ({ ...config, admin: { listen: { port } } }) });
});
afterAll(() => world?.close());

it('clients that come back are counted by what becomes of them', async () => {
  const tunnel = await welcomedTunnel(world, 'ann');
  const { resumeToken } = await tunnel.waitForControl('welcome');
  tunnel.socket.terminate();
  await tunnel.closed;
  const again = await openTunnel(world, 'ann');
  again.send(encodeResumption(frameType.resume, { token: String(resumeToken), received: tunnel.received }));
  await again.waitFor(({ type }) => type === frameType.resumed);
  const lost = await openTunnel(world, 'ann');
  lost.send(encodeResumption(frameType.resume, { token: 'nothing', received: 0 }));
  await lost.waitFor(({ type }) => type === frameType.resumeRefused);
  const thief = await openTunnel(world, 'bob');
  const { resumeToken: stolen } = await (await welcomedTunnel(world, 'eve')).waitForControl('welcome');
  thief.send(encodeResumption(frameType.resume, { token: String(stolen), received: 0 }));
  await thief.waitFor(({ type }) => type === frameType.resumeRefused);
  await vi.waitFor(
    async () => {
      const text = await (await fetch(metricsUrl)).text();
      const counted = [...text.matchAll(/^causeway_resumptions_total\{outcome="([^"]+)"\} (\d+)$/gm)].map((found) =>
        found.slice(1).join(' '),
      );
      expect(counted.toSorted()).toEqual(['other-session 1', 'resumed 1', 'unknown 1']);
    },
    { timeout: 20_000 },
  );
  await again.close();
});
