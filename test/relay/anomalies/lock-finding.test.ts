import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import pino from 'pino';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFinding, lockMinutesOf } from '../../../relay/administration/lock-finding.ts';
import { sparedAddresses } from '../../../relay/administration/lock-target.ts';
import type { Finding } from '../../../relay/anomalies/finding.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { anomaliesSchema } from '../../../relay/config/anomalies-schema.ts';
import { lockFindings } from '../../../relay/start/lock-findings.ts';
import { waitFor } from '../../support/wait-for.ts';
import { getRequest, hello, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const person = { issuer: 'https://a', subject: 's', username: 'u' };

describe('how long a finding locks', () => {
  it.each<[string, object, Pick<Finding, 'rule' | 'person'> & Partial<Pick<Finding, 'api'>>, number | null]>([
    ['by its rule', { denial_burst: { lock_minutes: 5 } }, { rule: 'denial-burst', person }, 5],
    ['not without being told to', {}, { rule: 'denial-burst', person }, null],
    ['not by another rule', { path_scan: { lock_minutes: 5 } }, { rule: 'denial-burst', person }, null],
    ['not when its rule is off', { denial_burst: 'off' }, { rule: 'denial-burst', person }, null],
    ['not where nobody is', { new_device: { lock_minutes: 5 } }, { rule: 'new-device', person: null }, null],
    ['nobody for a break-glass sign-in', { break_glass: { lock_minutes: 5 } }, { rule: 'break-glass', person }, null],
    ['by break-glass', { break_glass: { lock_minutes: 5 } }, { rule: 'break-glass', person, api: 'orders' }, 5],
    ['no address without being told to', {}, { rule: 'refused-sign-ins', person: null }, null],
    ['an address', { refused_sign_ins: { lock_minutes: 5 } }, { rule: 'refused-sign-ins', person: null }, 5],
  ])('%s', (_what, settings, finding, minutes) => {
    expect(lockMinutesOf(anomaliesSchema.parse(settings), { api: null, ...finding })).toBe(minutes);
  });

  it('can’t be longer than a week', () => {
    expect(anomaliesSchema.safeParse({ denial_burst: { lock_minutes: 10_081 } }).success).toBe(false);
  });
});

describe('a finding that can’t lock at once', () => {
  const finding: Finding = {
    type: 'anomaly',
    id: 'f1',
    timeMs: 1,
    rule: 'denial-burst',
    person,
    sessionId: 's1',
    device: 'd1',
    remoteAddress: '192.0.2.1',
    api: null,
    detail: '',
  };
  const log = pino({ enabled: false });
  const settings = anomaliesSchema.parse({ denial_burst: { lock_minutes: 5 } });

  it('locks once the storage can, for as long as was meant', async () => {
    const outcomes = [new Error('database is locked'), new Error('database is locked'), null];
    const foundAt: number[] = [];
    const locks = lockFindings(
      { dataDir: '/nowhere' },
      log,
      () => [],
      (_place, _settings, _finding, foundAtMs) => {
        foundAt.push(foundAtMs);
        const error = outcomes[foundAt.length - 1] ?? null;
        return error === null ? Promise.resolve(null) : Promise.reject(error);
      },
    );
    locks.lock(finding, settings);
    await vi.waitFor(() => expect(foundAt).toHaveLength(3), { timeout: 30_000 });
    expect(new Set(foundAt).size).toBe(1);
    locks.close();
  });

  it('is given up when the relay ends', async () => {
    const lock = vi.fn(() => Promise.reject(new Error('database is locked')));
    const locks = lockFindings({ dataDir: '/nowhere' }, log, () => [], lock);
    locks.close();
    locks.lock(finding, settings);
    await waitFor(() => expect(lock).toHaveBeenCalledOnce());
  });
});

describe('the address of refused sign-ins', () => {
  const settings = anomaliesSchema.parse({ refused_sign_ins: { lock_minutes: 5, never_lock: ['198.51.100.0/24'] } });
  const spared = sparedAddresses({ trusted_proxies: { addresses: ['10.0.0.0/30'], address_from: 'forwarded' } });

  it.each([
    ['127.0.0.1', null],
    ['::ffff:127.0.0.9', null],
    ['::1', null],
    ['10.0.0.2', null],
    ['198.51.100.7', null],
    ['', null],
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:0:1::9', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', null],
    ['febf::1', null],
    ['169.254.7.7', null],
    ['fec0::1', 'fec0::/64'],
    ['64:ff9b::cb00:7109', '64:ff9b::cb00:7109/128'],
  ])('%j locks %j', async (remoteAddress, network) => {
    const finding: Finding = {
      type: 'anomaly',
      id: 'f2',
      timeMs: 1,
      rule: 'refused-sign-ins',
      person: null,
      sessionId: '',
      device: '',
      remoteAddress,
      api: null,
      detail: '',
    };
    const dataDir = mkdtempSync(join(tmpdir(), 'causeway-finding-'));
    const lock = await lockFinding({ dataDir }, settings, finding, Date.now(), spared);
    expect(lock?.target ?? null).toEqual(network === null ? null : { type: 'address', network });
    rmSync(dataDir, { recursive: true });
  });
});

describe('a finding of a rule that locks', () => {
  let world: TunnelWorld;
  beforeAll(async () => {
    world = await startTunnelWorld({
      // The raw tunnels answer no pings.
      limits: { ping_seconds: 300 },
      configure: (config) => ({ ...config, anomalies: { denial_burst: { denials: 5, lock_minutes: 5 } } }),
    });
  });
  afterAll(() => world?.close());

  it('locks the person until a time, and nobody else', { timeout: 150_000 }, async () => {
    const [eve, ann] = [await openTunnel(world, 'eve'), await openTunnel(world, 'ann')];
    for (const tunnel of [eve, ann]) {
      tunnel.send(hello);
      await tunnel.waitForControl('welcome');
    }
    let stream = -1;
    for (let denied = 0; denied < 6; denied += 1)
      expect(await eve.request((stream += 2), getRequest('/denied'))).toBe(403);
    await vi.waitFor(
      async () => {
        // A thread that had to begin anew counts anew.
        await eve.request((stream += 2), getRequest('/denied'));
        expect(await eve.request((stream += 2))).toBe(403);
      },
      { timeout: 90_000, interval: 200 },
    );
    expect(await ann.request(1)).toBe(200);
    const [entry] = queryAudit(world.dataDir, { limit: 1, type: 'lock' });
    expect(entry?.record).toMatchObject({
      event: 'lock-added',
      operator: 'the rule denial-burst',
      reason: expect.stringContaining('denial-burst'),
      untilMs: expect.any(Number),
    });
    for (const tunnel of [eve, ann]) await tunnel.close();
  });
});
