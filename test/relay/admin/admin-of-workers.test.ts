import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { hello, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { onBothWorkers, welcomed, welcomedOn } from '../workers/workers-world.ts';
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

it('one worker is drained and taken back: the other has its people, and the relay stays ready', async () => {
  const order = async (worker: number, act: 'drain' | 'undrain') =>
    ask(`/admin/v1/relays/${ownId}/workers/${worker}/${act}`, { reason: 'It grows' });
  const [{ id: ownId }] = ((await ask('/admin/v1/relays')) as { relays: [{ id: string }] }).relays;
  const token = await world.issuer.token('lee');
  const [one, two] = await onBothWorkers(world, token);
  expect(await order(2, 'drain')).toMatchObject({
    obeyed: true,
    relay: { draining: false, processes: [{ draining: false }, { draining: false }, { worker: 2, draining: true }] },
  });
  await two.tunnel.closed;
  expect(await one.tunnel.request(1)).toBe(200);
  const gauges = (await (await fetch(`${url}/metrics`)).text()).match(/causeway_draining\{[^\n]*/g);
  expect(gauges?.toSorted()).toEqual([
    'causeway_draining{process="relay"} 0',
    'causeway_draining{process="worker 1"} 0',
    'causeway_draining{process="worker 2"} 1',
  ]);
  const { problems } = (await ask('/admin/v1/overview')) as { problems: { code: string; about: string }[] };
  expect(problems).toContainEqual(expect.objectContaining({ code: 'worker-draining', about: 'worker 2' }));
  expect(await ask('/admin/v1/relay')).toMatchObject({ ready: true, problems: [] });
  for (let opened = 0; opened < 6; opened += 1) {
    const next = await welcomed(world, token);
    expect(next.worker).toBe(1);
    await next.tunnel.close();
  }
  expect(await order(1, 'drain')).toMatchObject({ status: 409, code: 'bad-config' });
  expect(await order(3, 'drain')).toMatchObject({ status: 400, code: 'bad-input' });
  // A process that takes its place has nothing to do with its tunnels either.
  const pid = world.relay.log.findLast(({ msg, worker }) => msg === 'worker started' && worker === 2)?.['pid'];
  process.kill(Number(pid), 'SIGKILL');
  await vi.waitFor(() => {
    const starts = world.relay.log.filter(({ msg, worker }) => msg === 'worker started' && worker === 2);
    expect(starts).toHaveLength(2);
  }, patient);
  for (let opened = 0; opened < 4; opened += 1) {
    const next = await welcomed(world, token);
    expect(next.worker).toBe(1);
    await next.tunnel.close();
  }
  expect(await order(2, 'undrain')).toMatchObject({ obeyed: true });
  const back = await welcomedOn(world, 2, token);
  await Promise.all([back.tunnel.close(), one.tunnel.close()]);
  const events = queryAudit(world.dataDir, { type: 'relay', limit: 100 }).flatMap(({ record }) =>
    record.type === 'relay' ? [`${record.event}: ${record.detail}`] : [],
  );
  expect(events).toContainEqual(
    expect.stringMatching(
      /^draining: asked for by dana .*: It grows, of its worker 2 \(before: serving, \d+ tunnels\)$/,
    ),
  );
  expect(events).toContainEqual(
    expect.stringMatching(/^undrained: .*, of its worker 2 \(before: draining, 0 tunnels\)$/),
  );
}, 120_000);

it('a worker that is down is told of, with since when and how it ended, until it serves again', async () => {
  const startsOf = () => world.relay.log.filter(({ msg, worker }) => msg === 'worker started' && worker === 1);
  const beganMs = Date.now();
  /** Whenever it is up it is killed, until it was seen to be down. */
  const untilSeen = (look: () => Promise<void>): Promise<void> =>
    vi.waitFor(
      async () => {
        try {
          process.kill(Number(startsOf().at(-1)?.['pid']), 'SIGKILL');
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
        await look();
      },
      { timeout: 20_000, interval: 150 },
    );
  const down = { worker: 1, sinceMs: expect.any(Number), ends: 1, how: 'ended by SIGKILL', draining: false };
  await untilSeen(async () => {
    const { relays } = (await ask('/admin/v1/relays')) as { relays: { downWorkers: { sinceMs: number }[] }[] };
    expect(relays).toMatchObject([{ ready: false, workers: [1, 2], downWorkers: [down] }]);
    expect(relays[0]?.downWorkers[0]?.sinceMs).toBeGreaterThanOrEqual(beganMs);
  });
  await untilSeen(async () => {
    const { problems } = (await ask('/admin/v1/overview')) as { problems: { code: string; about: string }[] };
    const ofRelay = problems.filter(({ code }) => code === 'worker-down' || code === 'not-ready');
    expect(ofRelay.map(({ code, about }) => [code, about])).toEqual([['worker-down', 'worker 1']]);
  });
  await vi.waitFor(async () => {
    expect(await ask('/admin/v1/relays')).toMatchObject({ relays: [{ ready: true, downWorkers: [] }] });
    const { problems } = (await ask('/admin/v1/overview')) as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code)).not.toContain('worker-down');
  }, patient);
}, 120_000);

it('undraining the relay takes back a worker that was drained alone', async () => {
  const [{ id }] = ((await ask('/admin/v1/relays')) as { relays: [{ id: string }] }).relays;
  await ask(`/admin/v1/relays/${id}/workers/1/drain`, { reason: 'A test' });
  await ask('/admin/v1/relay/drain', { reason: 'A test' });
  expect(await ask(`/admin/v1/relays/${id}/workers/1/undrain`, { reason: 'A test' })).toMatchObject({ status: 409 });
  await ask('/admin/v1/relay/undrain', { reason: 'A test' });
  const back = await welcomedOn(world, 1, await world.issuer.token('lee'));
  await back.tunnel.close();
}, 120_000);

it('of two workers that are drained at the same moment one stays: it takes people, and its drain isn’t recorded', async () => {
  const [{ id }] = ((await ask('/admin/v1/relays')) as { relays: [{ id: string }] }).relays;
  const body = { reason: 'Both at once' };
  const answers = await Promise.all(
    [1, 2].map((worker) => ask(`/admin/v1/relays/${id}/workers/${worker}/drain`, body)),
  );
  const refused = answers.filter(({ code }) => code === 'bad-config');
  const drained = queryAudit(world.dataDir, { type: 'relay', limit: 100 }).filter(
    ({ record }) => record.type === 'relay' && record.event === 'draining' && record.detail.includes(body.reason),
  );
  await ask('/admin/v1/relay/undrain', { reason: 'A test' });
  expect([refused.length, drained.length]).toEqual([1, 1]);
}, 120_000);
