import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { hello, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const patient = { timeout: 60_000, interval: 400 };
let world: TunnelWorld;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const limit = { name: 'daily', requests: 10, every: 'day' } as const;
  const admin = { listen: { port }, roles: { operator: ['ops'] } };
  world = await startTunnelWorld({
    workers: 2,
    configure: (config) => ({ ...config, admin, request_limits: [limit] }),
  });
}, 120_000);
afterAll(() => world?.close());

const ask = async (path: string, body?: object): Promise<Record<string, unknown>> => {
  const authorization = `Bearer ${await world.issuer.token('dana', 3600, { groups: ['ops'] })}`;
  const sent =
    body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const headers = { ...('headers' in sent ? sent.headers : {}), authorization };
  const answer = await fetch(`${url}${path}`, { ...sent, headers });
  return (await answer.json()) as Record<string, unknown>;
};

it('a relay of several processes tells of each, adds them up, and is drained and taken back as one', async () => {
  const tunnels = await Promise.all([1, 2, 3].map((number) => openTunnel(world, `p${number}`)));
  for (const tunnel of tunnels) {
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
  }
  await vi.waitFor(async () => {
    const { relays } = (await ask('/admin/v1/relays')) as { relays: { tunnels: number; processes: object[] }[] };
    expect(relays).toMatchObject([{ tunnels: 3, ready: true }]);
    expect(relays[0]?.processes).toMatchObject([{ worker: null }, { worker: 1 }, { worker: 2 }]);
    expect(await ask('/admin/v1/apis/echo')).toMatchObject({ health: { answeredAtMs: expect.any(Number) } });
    expect(await ask('/admin/v1/providers')).toMatchObject({ providers: [{ name: 'Issuer', ready: true }] });
    expect(await ask('/admin/v1/people/p1/quotas')).toMatchObject({ apis: [{ quotas: [{ name: 'daily', left: 9 }] }] });
    const { series } = (await ask('/admin/v1/overview')) as { series: { requests: number; p95Ms: number | null }[] };
    expect(series.reduce((sum, { requests }) => sum + requests, 0)).toBe(3);
    expect(series.some(({ p95Ms }) => p95Ms !== null && p95Ms > 0)).toBe(true);
  }, patient);
  await ask('/admin/v1/relay/drain', { reason: 'A test' });
  await Promise.all(tunnels.map((tunnel) => tunnel.closed));
  await expect(openTunnel(world, 'p1')).rejects.toThrow('relay-draining');
  await ask('/admin/v1/relay/undrain', { reason: 'A test' });
  await vi.waitFor(async () => {
    const again = await openTunnel(world, 'p1');
    again.send(hello);
    await again.waitForControl('welcome');
    await again.close();
  }, patient);
});
