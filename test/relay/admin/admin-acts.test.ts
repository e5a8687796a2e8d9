import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { hello, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { type AdminWorld, codeOf, patient, startAdminWorld } from './support/admin-world.ts';

let admin: AdminWorld;
beforeAll(async () => {
  admin = await startAdminWorld();
});
afterAll(() => admin?.close());

describe('what operators do', () => {
  it('ends a session: its tunnel closes at once, and the audit says who did it and why', async () => {
    const tunnel = await openTunnel(admin.world, 'bea');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    await vi.waitFor(async () => expect(await admin.sessionsOf('bea')).toMatchObject([{ openTunnels: 1 }]), 10_000);
    const [session] = await admin.sessionsOf('bea');
    const body = { session: session?.id, reason: 'Laptop sold' };
    const beganAtMs = performance.now();
    const ended = await admin.send('POST', '/admin/v1/sessions/end', body, await admin.as('operator'));
    expect(JSON.parse(ended.body)).toMatchObject({ ended: [{ username: 'bea' }], recorded: true, untold: null });
    await tunnel.closed;
    expect(performance.now() - beganAtMs).toBeLessThan(20_000);
    const [entry] = queryAudit(admin.world.dataDir, { limit: 1, type: 'lock' });
    expect(entry?.record).toMatchObject({
      event: 'session-ended',
      operator: 'dana (admin API)',
      reason: 'Laptop sold',
    });
  });

  it('drains the relay: tunnels are told to go and new ones refused, until it is taken back', async () => {
    const tunnel = await openTunnel(admin.world, 'hal');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    const drained = await admin.send(
      'POST',
      '/admin/v1/relay/drain',
      { reason: 'New disk' },
      await admin.as('operator'),
    );
    expect(drained.status).toBe(200);
    await tunnel.waitForControl('goaway');
    await tunnel.closed;
    await vi.waitFor(async () => {
      const ready = await admin.ask('/readyz');
      expect(ready.status).toBe(503);
      expect(ready.body).toContain('An operator drains this relay');
    }, patient);
    const overview = await admin.ask('/admin/v1/overview', { headers: await admin.as('viewer') });
    const { problems } = JSON.parse(overview.body) as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code)).toContain('draining');
    expect(problems.map(({ code }) => code)).not.toContain('not-ready');
    await expect(openTunnel(admin.world, 'hal')).rejects.toThrow();
    await admin.send('POST', '/admin/v1/relay/undrain', { reason: 'Done' }, await admin.as('operator'));
    await vi.waitFor(async () => {
      const again = await openTunnel(admin.world, 'hal');
      again.send(hello);
      await again.waitForControl('welcome');
      await again.close();
    }, patient);
    const events = queryAudit(admin.world.dataDir, { limit: 50, type: 'relay' }).flatMap(({ record }) =>
      record.type === 'relay' ? [[record.event, record.detail]] : [],
    );
    expect(events).toContainEqual([
      'draining',
      expect.stringMatching(/^asked for by dana \(admin API\): New disk \(before: serving, \d+ tunnels\)$/),
    ]);
    expect(events).toContainEqual(['undrained', expect.stringContaining('Done (before: draining')]);
  });

  it('gives a role to who was here, and not to themselves', async () => {
    const give = { api: 'echo', role: 'refunders', hours: 1, reason: 'On call' };
    const given = await admin.send(
      'POST',
      '/admin/v1/grants',
      { ...give, person: 'early' },
      await admin.as('operator'),
    );
    expect(JSON.parse(given.body)).toMatchObject({
      grant: { status: 'approved', requester: { username: 'early' }, decidedBy: 'dana (admin API)' },
      recorded: true,
    });
    const { grants } = JSON.parse(
      (await admin.ask('/admin/v1/grants?state=unused&person=early', { headers: await admin.as('auditor') })).body,
    ) as { grants: object[] };
    expect(grants).toMatchObject([{ role: 'refunders', requests: 0, lastHour: null }]);
    const own = await admin.send(
      'POST',
      '/admin/v1/grants',
      { ...give, person: 'subject-dana', issuer: 'Issuer' },
      await admin.as('operator'),
    );
    expect([own.status, codeOf(own)]).toEqual([403, 'policy-denied']);
  });

  it('acknowledges a finding once: who and why is in the audit, the list and the report', async () => {
    for (let index = 0; index < 30; index += 1)
      await admin.ask('/admin/v1/relay', { headers: { authorization: 'Bearer nonsense' } });
    let found: { id: string; acknowledged: unknown } | undefined;
    await vi.waitFor(async () => {
      const { body } = await admin.ask('/admin/v1/anomalies?acknowledged=false', {
        headers: await admin.as('operator'),
      });
      [found] = (JSON.parse(body) as { anomalies: { id: string; acknowledged: unknown }[] }).anomalies;
      expect(found).toMatchObject({ acknowledged: null });
    }, patient);
    const path = `/admin/v1/anomalies/${found?.id}/acknowledge`;
    const first = await admin.send('POST', path, { note: 'A test of ours' }, await admin.as('operator'));
    const acknowledged = { by: 'dana (admin API)', note: 'A test of ours', atMs: expect.any(Number) };
    expect(JSON.parse(first.body)).toMatchObject({ anomaly: { acknowledged } });
    const second = await admin.send('POST', path, { note: 'Again' }, await admin.as('operator'));
    expect([second.status, codeOf(second)]).toEqual([400, 'bad-input']);
    const listed = JSON.parse(
      (await admin.ask('/admin/v1/anomalies?acknowledged=true', { headers: await admin.as('auditor') })).body,
    ) as object;
    expect(listed).toMatchObject({ anomalies: [{ id: found?.id, acknowledged }] });
    const report = JSON.parse(
      (await admin.ask('/admin/v1/reports/anomalies', { headers: await admin.as('auditor') })).body,
    ) as {
      rows: { id: string; acknowledged: string | null }[];
    };
    expect(report.rows.find(({ id }) => id === found?.id)?.acknowledged).toContain('A test of ours');
    const [entry] = queryAudit(admin.world.dataDir, { limit: 1, type: 'administrator' });
    expect(entry?.record).toMatchObject({ act: 'anomaly-acknowledged', finding: found?.id, reason: 'A test of ours' });
  });

  it('locks an API and takes the lock away: open tunnels are refused meanwhile', async () => {
    const tunnel = await openTunnel(admin.world, 'cleo');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    const owner = await admin.as('owner');
    const added = await admin.send('POST', '/admin/v1/locks', { api: 'echo', reason: 'Incident 12' }, owner);
    const { id } = (JSON.parse(added.body) as { lock: { id: string } }).lock;
    let stream = 3;
    await vi.waitFor(async () => expect(await tunnel.request((stream += 2))).toBe(403), 10_000);
    const removed = await admin.send('POST', `/admin/v1/locks/${id}/remove`, { reason: 'Cleared' }, owner);
    expect(JSON.parse(removed.body)).toMatchObject({
      lock: { removed: { by: 'dana (admin API)', reason: 'Cleared' } },
    });
    await vi.waitFor(async () => expect(await tunnel.request((stream += 2))).toBe(200), 10_000);
    await tunnel.close();
  });

  it.each<[string, string, object]>([
    ['two things at once', '/admin/v1/locks', { api: 'echo', group: 'a', reason: 'x' }],
    ['nothing', '/admin/v1/locks', { reason: 'x' }],
    ['an API that there isn’t', '/admin/v1/locks', { api: 'nosuch', reason: 'x' }],
    ['an end in the past', '/admin/v1/locks', { api: 'echo', until: '2020-01-01', reason: 'x' }],
    ['no time', '/admin/v1/locks', { api: 'echo', until: 'tomorrow', reason: 'x' }],
    ['all sessions, by naming none', '/admin/v1/sessions/end', { reason: 'x' }],
    ['nobody', '/admin/v1/people/revoke', { who: 'nobody-here', reason: 'x' }],
    ['no reason', '/admin/v1/locks', { api: 'echo' }],
  ])('is refused for %s', async (_what, path, body) => {
    const answer = await admin.send('POST', path, body, await admin.as('owner'));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-input']);
  });
});

describe('who was shut out', () => {
  const tokenOf = async (person: string, groups: readonly string[]): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await admin.world.issuer.token(person, 3600, { groups })}`,
  });

  it.each<[string, string, object, number, string]>([
    ['a revocation', '/admin/v1/people/revoke', { who: 'subject-revoked' }, 401, 'session-revoked'],
    ['a lock on the person', '/admin/v1/locks', { person: 'locked' }, 403, 'locked'],
    ['a lock on a group', '/admin/v1/locks', { group: 'left-the-company' }, 403, 'locked'],
  ])('by %s administers no more with the token that there was', async (_what, path, body, status, code) => {
    const person = 'who' in body ? 'revoked' : 'person' in body ? 'locked' : 'member';
    const theirs = await tokenOf(person, ['security', ...(person === 'member' ? ['left-the-company'] : [])]);
    expect((await admin.ask('/admin/v1/relay', { headers: theirs })).status).toBe(200);
    const given = { ...body, ...('who' in body ? { issuer: admin.world.issuer.url } : {}), reason: 'Stolen' };
    expect((await admin.send('POST', path, given, await admin.as('owner'))).status).toBe(200);
    await vi.waitFor(async () => {
      const answer = await admin.send('POST', '/admin/v1/locks', { api: 'echo', reason: 'Revenge' }, theirs);
      expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    }, 10_000);
    expect(admin.refusals()[0]).toBe(code);
  });

  it('by a lock on everything is who asks the APIs, not who takes the lock away', async () => {
    const owner = await admin.as('owner');
    const added = await admin.send('POST', '/admin/v1/locks', { everything: true, reason: 'Incident 13' }, owner);
    const { id } = (JSON.parse(added.body) as { lock: { id: string } }).lock;
    const removed = await admin.send('POST', `/admin/v1/locks/${id}/remove`, { reason: 'Over' }, owner);
    expect(removed.status).toBe(200);
  });
});

describe.skipIf(process.platform === 'win32')('a data folder whose path is too long for a socket', () => {
  it('has none, and the relay runs', async () => {
    const deep = await startTunnelWorld({
      configure: (config) => ({ ...config, relay: { ...config.relay, data: `data/${'d'.repeat(100)}` } }),
    });
    try {
      expect(readdirSync(deep.dataDir)).toEqual(['d'.repeat(100)]);
      expect(readdirSync(join(deep.dataDir, 'd'.repeat(100))).filter((name) => name.startsWith('admin'))).toEqual([]);
    } finally {
      await deep.close();
    }
  });
});

describe('the socket in the data folder', () => {
  it.skipIf(process.platform === 'win32')('is of the relay’s user alone, and asks for no token', async () => {
    const socketPath = join(admin.world.dataDir, 'admin.sock');
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    const answer = await admin.ask('/admin/v1/relay', { socketPath });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ name: 'Tunnel Test', ready: true, problems: [] });
  });
});

describe('connections', () => {
  it('beyond two hundred are closed at once, and employees’ aren’t among them', async () => {
    const { port } = new URL(admin.url);
    let closed = 0;
    const flood = Array.from({ length: 300 }, () =>
      connect(Number(port), '127.0.0.1')
        .on('error', () => undefined)
        .once('close', () => (closed += 1)),
    );
    await vi.waitFor(() => expect(closed).toBeGreaterThanOrEqual(100), 10_000);
    expect(closed).toBeLessThan(150);
    const tunnel = await openTunnel(admin.world, 'dora');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    await tunnel.close();
    for (const socket of flood) socket.destroy();
    await vi.waitFor(async () => expect((await admin.ask('/healthz')).status).toBe(200), 10_000);
  });
});

describe('health', () => {
  it('needs no token at the operators’ port', async () => {
    expect((await admin.ask('/healthz')).status).toBe(200);
    expect(JSON.parse((await admin.ask('/readyz')).body)).toEqual({ ready: true, problems: [] });
    expect((await admin.ask('/nowhere')).status).toBe(404);
  });
});
