import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { frame, getRequest, host } from '../../tunnel/support/raw-tunnel.ts';
import type { TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { startWorkersWorld, welcomed } from './workers-world.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: TunnelWorld;
beforeAll(async () => {
  world = await startWorkersWorld({
    limits: { ping_seconds: 300 },
    configure: (config) => ({ ...config, apis: config.apis.map((api) => ({ ...api, max_seconds: 3 })) }),
  });
});
afterAll(async () => {
  world?.relay.signal('SIGCONT');
  await world?.close();
});

test('a request whose time is over before its record is durable is answered only then, with 504, and not forwarded later', async () => {
  const { tunnel } = await welcomed(world, await world.issuer.token('olga'));
  expect(await tunnel.request(1)).toBe(200);
  world.echo.clear();
  // The primary process has the audit: as long as it stands still, no record is durable.
  world.relay.signal('SIGSTOP');
  const post = Buffer.from(`POST /order HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\nhi`);
  for (const [stream, request] of [
    [3, getRequest('/read')],
    [5, post],
  ] as const)
    tunnel.send(frame(frameType.open, stream, [0, 1]), frame(frameType.data, stream, request));
  const sentAtMs = performance.now();
  await expect.poll(() => performance.now() - sentAtMs, { timeout: 30_000 }).toBeGreaterThan(4000);
  const answers = () => tunnel.frames.filter(({ type, streamId }) => type === frameType.data && streamId > 1);
  expect(answers()).toEqual([]);
  world.relay.signal('SIGCONT');
  for (const stream of [3, 5]) {
    const { payload } = await tunnel.waitFor(({ type, streamId }) => type === frameType.data && streamId === stream);
    expect(payload.toString()).toMatch(/^HTTP\/1\.1 504 /);
    expect(payload.toString()).toContain('It took longer than the API allows (max_seconds: 3).');
  }
  const outcomes = () =>
    queryAudit(world.dataDir, { limit: 10 }).flatMap(({ record, outcome }) =>
      record.type === 'decision' && record.path !== '/'
        ? [`${record.method} ${record.effect} ${outcome?.outcome}`]
        : [],
    );
  await expect.poll(outcomes).toEqual(expect.arrayContaining(['GET allow unknown', 'POST allow completed']));
  expect(world.echo.requests.map(({ method }) => method)).not.toContain('POST');
  await tunnel.close();
});
