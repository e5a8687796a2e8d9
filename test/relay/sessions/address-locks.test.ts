import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { locksCommand } from '../../../relay/commands/locks.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { addressLocks } from '../../../relay/sessions/address-locks.ts';
import { type Lock, newLock } from '../../../relay/sessions/lock.ts';
import { dial, openTunnel, hello } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const said = { reason: 'Guesses passwords', author: 'root', untilMs: null };
const lockOn = (network: string): Lock => newLock({ type: 'address', network }, said, 1);

describe('a lock on a network', () => {
  const find = addressLocks(['192.0.2.7', '198.51.100.0/24', '2001:db8:0:1::/64', '2001:db8:ff::1/128'].map(lockOn));

  it.each([
    ['192.0.2.8', 'another address'],
    ['198.51.101.1', 'the network beside it'],
    ['2001:db8:0:2::1', 'the IPv6 network beside it'],
    ['2001:db8:ff::2', 'the address beside one that is locked alone'],
    ['', 'nothing'],
    ['somewhere', 'no address'],
  ])('leaves %s, %s', (address) => {
    expect(find(address)).toEqual([]);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['198.51.100.255', '198.51.100.0/24'],
    ['2001:db8:0:1:ffff::9', '2001:db8:0:1::/64'],
    ['2001:db8:ff::1', '2001:db8:ff::1/128'],
  ])('is found for %s', (address, network) => {
    expect(find(address).map(({ target }) => target)).toEqual([{ type: 'address', network }]);
  });
});

describe('a relay with a lock on a network', () => {
  let world: TunnelWorld;
  const guesser = '203.0.113.9';
  const from = (address: string): { readonly 'X-Forwarded-For': string } => ({ 'X-Forwarded-For': address });

  beforeAll(async () => {
    vi.stubEnv('PUSH_SECRET', 'a-push-secret-of-some-length');
    world = await startTunnelWorld({
      configure: ({ relay, ...config }) => ({
        ...config,
        relay: { ...relay, trusted_proxies: { addresses: ['127.0.0.1'], address_from: 'x-forwarded-for' } },
        signals: [{ name: 'okta', transmitter: 'https://okta.example', push: { bearer: ['${env:PUSH_SECRET}'] } }],
      }),
    });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await world?.close();
  });

  async function locks(action: Parameters<typeof locksCommand>[0]['action']): Promise<[number, string]> {
    const { config } = await loadConfig(join(dirname(world.dataDir), 'relay.yaml'), { files: 'skip' });
    let output = '';
    const code = await locksCommand({ config, action, json: true, write: (text) => (output += text) });
    return [code, output];
  }

  const ask = (
    path: string,
    method: string,
    address: string,
  ): Promise<{ status: number; retry: string; body: string }> =>
    new Promise((resolve, reject) => {
      const headers = { ...from(address), Authorization: 'Bearer guessed', Connection: 'close' };
      const asking = request(`${world.relayUrl}${path}`, { ca: world.ca, method, headers }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, retry: response.headers['retry-after'] ?? '', body }),
        );
      });
      asking.once('error', reject).end();
    });

  it.each([
    ['127.0.0.1', 'this machine'],
    ['127.0.0.0/8', 'this machine'],
    ['::1', 'this machine'],
    ['10.0.0.300', 'must be an IP address'],
    ['0.0.0.0/0', 'at least /8'],
  ])('refuses one on %s', async (address, words) => {
    const action = { type: 'add', target: { address }, reason: 'r', untilMs: null } as const;
    expect(await locks(action)).toEqual([2, expect.stringContaining(words)]);
  });

  it('refuses all that comes from there before any token is looked at, cuts off what is open, and lets in again', async () => {
    const tunnel = await openTunnel(world, 'ann', { headers: from(guesser) });
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    const untilMs = Date.now() + 3_600_000;
    const target = { address: '203.0.113.0/24' };
    const [code, output] = await locks({ type: 'add', target, reason: 'Guesses passwords', untilMs });
    expect([code, output]).toEqual([0, expect.stringContaining('203.0.113.0/24')]);

    let stream = 1;
    const patient = { timeout: 20_000, interval: 100 };
    await vi.waitFor(async () => expect(await tunnel.request((stream += 2))).toBe(403), patient);
    await tunnel.close();
    expect(await dial(world, 'ann', { headers: from(guesser) })).toEqual({ status: 403, code: 'locked' });
    for (const [path, method] of [
      ['/v1/catalog', 'GET'],
      ['/v1/sessions', 'DELETE'],
      ['/v1/sign-out', 'POST'],
      ['/v1/backchannel-logout', 'GET'],
      ['/nothing', 'GET'],
    ] as const) {
      const { status, retry, body } = await ask(path, method, guesser);
      expect([path, status, body]).toEqual([path, 403, expect.stringContaining('from your network until')]);
      expect(Number(retry)).toBeGreaterThan(3000);
    }
    // What apps and balancers ask first, and whoever comes from elsewhere through the same proxy.
    for (const path of ['/.well-known/causeway', '/healthz', '/readyz'])
      expect([path, (await ask(path, 'GET', guesser)).status]).toEqual([path, 200]);
    expect((await ask('/v1/catalog', 'GET', '203.0.114.9')).status).toBe(401);
    // What providers tell comes from addresses that others of their customers may have had locked.
    for (const [path, status] of [
      ['/v1/backchannel-logout', 400],
      ['/v1/signals/okta', 401],
      ['/v1/signals/okta/more', 403],
    ] as const)
      expect([path, (await ask(path, 'POST', guesser)).status]).toEqual([path, status]);
    const refused = queryAudit(world.dataDir, { limit: 100, type: 'authentication-refused', address: guesser });
    const refusedCodes = refused.flatMap(({ record }) =>
      record.type === 'authentication-refused' && record.of === 'token' ? [record.code] : [],
    );
    expect(new Set(refusedCodes)).toEqual(new Set(['locked']));
    expect(refusedCodes.length).toBeGreaterThan(1);

    const { id } = JSON.parse(output) as Lock;
    expect((await locks({ type: 'remove', id, reason: 'Cleared' }))[0]).toBe(0);
    await vi.waitFor(
      async () => {
        const dialed = await dial(world, 'ann', { headers: from(guesser) });
        expect(dialed.status).toBe(101);
        if ('tunnel' in dialed) await dialed.tunnel.close();
      },
      { timeout: 20_000, interval: 200 },
    );
  });
});
