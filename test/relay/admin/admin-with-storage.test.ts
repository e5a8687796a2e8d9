import { request as httpRequest } from 'node:http';
import { get as httpsGet } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRelaysSeen } from '../../../relay/vitals/relays-seen.ts';
import { postgresPrograms } from '../../support/start-postgres.ts';
import { startStorage, type StorageServer } from '../../support/start-storage.ts';
import { getRequest, hello, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const patient = { timeout: 60_000, interval: 400 };

describe.runIf(postgresPrograms !== null && process.platform !== 'win32')('the admin API with a storage', () => {
  let storage: StorageServer;
  let world: TunnelWorld;

  beforeAll(async () => {
    storage = await startStorage();
    world = await startTunnelWorld({
      configure: (config) => ({
        ...config,
        relay: { ...config.relay, id: 'r-one' },
        storage: storage.url,
        shared_state: { ...config.shared_state, grace_seconds: 1 },
      }),
    });
  }, 120_000);
  afterAll(async () => {
    await world?.close();
    await storage?.stop();
  });

  const ask = (path: string, body?: object): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        {
          socketPath: join(world.dataDir, 'admin.sock'),
          path,
          method: body === undefined ? 'GET' : 'POST',
          headers: body === undefined ? {} : { 'content-type': 'application/json' },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>));
        },
      );
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });

  const refusedSignIn = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: 'Bearer nonsense' };
      httpsGet(`${world.relayUrl}/v1/catalog`, { ca: world.ca, headers }, (response) => {
        response.resume().once('end', () => resolve());
      }).once('error', reject);
    });

  it('has people, sessions, use and records of all relays, and knows the other relays', async () => {
    const tunnel = await openTunnel(world, 'ann');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    expect(await tunnel.request(3, getRequest('/denied'))).toBe(403);
    await vi.waitFor(async () => {
      expect(await ask('/admin/v1/people?search=ann')).toMatchObject({ people: [{ username: 'ann', sessions: 1 }] });
      expect(await ask('/admin/v1/people/ann')).toMatchObject({
        groups: { names: ['developers'] },
        apis: [{ id: 'echo', access: 'open' }],
        sessions: [{ username: 'ann', openTunnels: 1 }],
        usage: { rows: [{ api: 'echo', requests: 2, denied: 1 }] },
      });
    }, patient);
    const own = ((await ask('/admin/v1/relays')) as { relays: { id: string }[] }).relays[0];
    expect(own).toMatchObject({ id: 'r-one', self: true });
    const { self: _self, silent: _silent, ...state } = own as { id: string; self: boolean; silent: boolean };
    const other = { ...state, id: 'r-two', name: 'Other', atMs: Date.now() - 120_000 };
    await openRelaysSeen(storage.connect()).say(other as never);
    expect(await ask('/admin/v1/relays')).toMatchObject({
      relays: [{ id: 'r-one' }, { id: 'r-two', name: 'Other', self: false, silent: true }],
      unreadable: null,
    });
    await tunnel.close();
  });

  it('acknowledges findings of any relay: each sees who has', async () => {
    await Promise.all(Array.from({ length: 30 }, () => refusedSignIn()));
    let id = '';
    await vi.waitFor(async () => {
      const { anomalies } = (await ask('/admin/v1/anomalies')) as { anomalies: { id: string; relay: string }[] };
      expect(anomalies[0]).toMatchObject({ relay: 'r-one', acknowledged: null });
      id = anomalies[0]?.id ?? '';
    }, patient);
    await ask(`/admin/v1/anomalies/${id}/acknowledge`, { note: 'A test' });
    await vi.waitFor(
      async () =>
        expect(await ask('/admin/v1/anomalies?acknowledged=true')).toMatchObject({
          anomalies: [{ id, acknowledged: { note: 'A test' } }],
        }),
      patient,
    );
  });

  it('answers while the storage is away: what is wrong, and what can’t be read', async () => {
    await storage.stop();
    await vi.waitFor(async () => {
      const overview = await ask('/admin/v1/overview');
      const codes = (overview['problems'] as { code: string }[]).map(({ code }) => code);
      expect(codes).toEqual(expect.arrayContaining(['shared-state-away', 'state-unreadable']));
      expect(overview).toMatchObject({ day: null, relay: 'Tunnel Test' });
    }, patient);
    expect(await ask('/admin/v1/relays')).toMatchObject({
      relays: [{ id: 'r-one', ready: false }],
      unreadable: expect.any(String),
    });
    expect(await ask('/admin/v1/people')).toMatchObject({ code: 'shared-state-unavailable', status: 503 });
  });
});
