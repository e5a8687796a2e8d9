import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { control, getRequest, hello, host, openTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type AdminWorld, codeOf, patient, roles, startAdminWorld } from './support/admin-world.ts';

let admin: AdminWorld;
beforeAll(async () => {
  admin = await startAdminWorld();
});
afterAll(() => admin?.close());

describe('what operators read', () => {
  beforeAll(async () => {
    const tunnel = await openTunnel(admin.world, 'ann');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    expect(await tunnel.request(3, getRequest('/denied'))).toBe(403);
    await tunnel.close();
  });

  it('is the audit, filtered and page by page', async () => {
    const owner = await admin.as('owner');
    const first = JSON.parse(
      (await admin.ask('/admin/v1/audit?user=ann&type=decision&limit=1', { headers: owner })).body,
    ) as {
      records: { seq: number; record: { effect: string } }[];
      next: number;
    };
    expect(first.records).toMatchObject([{ record: { effect: 'deny' } }]);
    const second = JSON.parse(
      (await admin.ask(`/admin/v1/audit?user=ann&type=decision&cursor=${first.next}`, { headers: owner })).body,
    ) as typeof first;
    expect(second.records.map(({ record }) => record.effect)).toEqual(['allow']);
    const wrong = await admin.ask('/admin/v1/audit?user=anne', { headers: owner });
    expect([wrong.status, codeOf(wrong)]).toEqual([400, 'bad-input']);
    expect(wrong.body).toContain('“ann”');
  });

  it('is usage, a decision explained, and problems of a config', async () => {
    const owner = await admin.as('owner');
    const usage = JSON.parse((await admin.ask('/admin/v1/reports/usage?since=1d', { headers: owner })).body) as {
      rows: unknown[];
    };
    expect(usage.rows).toMatchObject([{ name: 'echo', requests: 2, denied: 1 }]);
    const explained = await admin.send(
      'POST',
      '/admin/v1/policy/explain',
      { method: 'GET', url: 'echo/denied', groups: ['developers'] },
      owner,
    );
    expect(JSON.parse(explained.body)).toMatchObject({ decision: { effect: 'deny', rule: 'nobody' } });
    const checked = await admin.send('POST', '/admin/v1/config/check', { text: 'relay: {name: A}' }, owner);
    expect(JSON.parse(checked.body)).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ key: 'relay.url' })]),
    });
  });

  it('waits for itself: a config that takes seconds to check holds up nobody else', async () => {
    const answered: string[] = [];
    const checking = admin
      .send('POST', '/admin/v1/config/check', { text: `a: ${'['.repeat(500_000)}` }, await admin.as('owner'))
      .then(({ body }) => answered.push(body.includes('nested too deeply') ? 'checked' : body));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await admin.ask('/healthz').then(({ status }) => answered.push(`healthy ${status}`));
    await checking;
    expect(answered).toEqual(['healthy 200', 'checked']);
  });

  it('is the config without its secrets', async () => {
    const { body } = await admin.ask('/admin/v1/config', { headers: await admin.as('auditor') });
    expect(JSON.parse(body)).toMatchObject({ text: expect.stringContaining('Tunnel Test') });
  });

  it('is metrics whose labels no caller chooses', async () => {
    const tunnel = await openTunnel(admin.world, 'ann');
    const listeners = [{ id: 1, hosts: { [host]: 'made-up-by-ann' } }];
    const device = { name: 'test', system: 'linux', appVersion: '0.1.0' };
    tunnel.send(control({ type: 'hello', device, listeners }));
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(404);
    await tunnel.close();
    await vi.waitFor(async () => {
      const { body } = await admin.ask('/metrics');
      expect(body).toMatch(/^causeway_denials_total\{api="unknown",code="unknown-api"\} 1$/m);
      expect(body).not.toContain('made-up-by-ann');
    }, 10_000);
  });

  it('is metrics that agree with the audit, and name neither person nor path', async () => {
    const entries = queryAudit(admin.world.dataDir, { limit: 1000, type: 'decision' });
    const denied = entries.filter(({ record }) => record.type === 'decision' && record.effect === 'deny').length;
    await vi.waitFor(async () => {
      const { body } = await admin.ask('/metrics');
      const valueOf = (line: RegExp): number =>
        body
          .split('\n')
          .filter((each) => line.test(each))
          .reduce((sum, each) => sum + Number(each.split(' ').at(-1)), 0);
      expect(valueOf(/^http_server_request_duration_seconds_count\{/)).toBe(entries.length);
      expect(valueOf(/^http_server_request_duration_seconds_count\{.*decision="deny"/)).toBe(denied);
      expect(valueOf(/^causeway_authentications_refused_total\{/)).toBe(admin.refusals().length);
      expect(body).toMatch(/causeway_certificate_not_after_timestamp_seconds\{use="relay.tls"\} \d+/);
      expect(body).not.toMatch(/\b(?:ann|dana)\b|\/denied/);
    }, 10_000);
  });
});

describe('what operators see', () => {
  const seen = async (path: string): Promise<Record<string, unknown>> =>
    JSON.parse((await admin.ask(path, { headers: await seer() })).body) as Record<string, unknown>;
  // One of their own, whose questions nobody else's are counted with.
  const seer = async (): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await admin.world.issuer.token('otto', 3600, { groups: roles.operator })}`,
  });

  beforeAll(async () => {
    const tunnel = await openTunnel(admin.world, 'eve');
    const device = { name: 'pc', system: 'linux', appVersion: '0.1.0', attributes: { asset: 'PC-4711' } };
    tunnel.send(control({ type: 'hello', device, listeners: [{ id: 1, hosts: { [host]: 'echo' } }] }));
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    expect(await tunnel.request(3, getRequest('/denied'))).toBe(403);
    await tunnel.close();
    await vi.waitFor(async () => expect(await admin.sessionsOf('eve')).toHaveLength(1), patient);
  });

  it('is a person: what they may by the groups seen last, their sessions, and what they used', async () => {
    const { people } = (await seen('/admin/v1/people?search=EV')) as { people: { id: string; username: string }[] };
    expect(people).toMatchObject([{ username: 'eve', kind: 'person', sessions: 1, locked: false }]);
    await vi.waitFor(async () => {
      const person = await seen(`/admin/v1/people/${people[0]?.id}`);
      expect(person).toMatchObject({
        person: { username: 'eve', issuer: admin.world.issuer.url },
        groups: { names: ['developers'] },
        apis: [{ id: 'echo', access: 'open' }],
        locks: [],
        sessions: [{ username: 'eve', device: { attributes: { asset: 'PC-4711' } }, ended: null }],
        grants: [],
        usage: { rows: [{ api: 'echo', requests: 2, denied: 1 }] },
      });
      expect(await seen('/admin/v1/people/eve')).toMatchObject({ person: person['person'] });
    }, patient);
  });

  it('is what is left of a person’s limits, and when they begin anew', async () => {
    const { apis } = (await seen('/admin/v1/people/eve/quotas')) as { apis: { quotas: { resetsAtMs: number }[] }[] };
    expect(apis).toMatchObject([
      { api: 'echo', quotas: [{ name: 'daily', limit: 1000, left: 999, windowSeconds: 86_400 }] },
    ]);
    expect(apis[0]?.quotas[0]?.resetsAtMs).toBeGreaterThan(Date.now());
  });

  it('is each value of the config with where it is from, page by page', async () => {
    const headers = {
      authorization: `Bearer ${await admin.world.issuer.token('otto', 3600, { groups: roles.owner })}`,
    };
    const page = async (query: string) =>
      JSON.parse((await admin.ask(`/admin/v1/config/effective${query}`, { headers })).body) as {
        keys: { key: string; source: string; line: number | null }[];
        next: number | null;
      };
    const first = await page('?limit=2');
    expect(first.keys[0]).toMatchObject({ key: 'relay.name', value: 'Tunnel Test', source: 'file', line: 2 });
    expect(first.next).toBe(2);
    const { keys } = await page('?search=DRAIN&source=file');
    expect(keys.map(({ key }) => key)).toEqual(['relay.drain_seconds']);
  });

  it('is a person whose sign-ins were ended: their sessions are over, with who did it and why', async () => {
    const tunnel = await openTunnel(admin.world, 'gil');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    await vi.waitFor(async () => expect(await admin.sessionsOf('gil')).toHaveLength(1), patient);
    const body = { who: 'subject-gil', issuer: admin.world.issuer.url, reason: 'Left the company' };
    expect((await admin.send('POST', '/admin/v1/people/revoke', body, await admin.as('operator'))).status).toBe(200);
    await tunnel.closed;
    expect(await admin.sessionsOf('gil')).toEqual([]);
    expect(await seen('/admin/v1/sessions?person=gil&all=true')).toMatchObject({
      sessions: [{ ended: { by: 'dana (admin API)', reason: 'Left the company' } }],
    });
  });

  it('is an API: how it answered, its rules, and who used it', async () => {
    await vi.waitFor(
      async () =>
        expect(await seen('/admin/v1/apis/echo')).toMatchObject({
          id: 'echo',
          health: { answeredAtMs: expect.any(Number), failure: null, openConnections: expect.any(Number) },
          rules: [
            { name: 'developers', effect: 'allow', groups: ['developers'], asksFor: [] },
            { name: 'nobody', effect: 'deny', groups: null, paths: ['/denied'] },
          ],
          use: { byPerson: expect.arrayContaining([expect.objectContaining({ username: 'eve', requests: 2 })]) },
        }),
      patient,
    );
  });

  it('is the provider with its keys, and the certificates', async () => {
    expect(await seen('/admin/v1/providers')).toMatchObject({
      providers: [
        { name: 'Issuer', ready: true, keys: [{ kid: expect.any(String) }], failures: 0, groupsLookup: null },
      ],
    });
    const { certificates } = await seen('/admin/v1/certificates');
    expect(certificates).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ use: 'relay.tls', state: expect.stringMatching(/^(?:ok|ends-soon)$/) }),
      ]),
    );
  });

  it('is the overview: numbers of the last minutes, and what is wrong', async () => {
    const overview = await seen('/admin/v1/overview');
    expect(overview).toMatchObject({ relay: 'Tunnel Test', day: { relays: 1 } });
    const series = overview['series'] as { requests: number; denied: number }[];
    expect(series.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(0);
    expect((overview['day'] as { hours: unknown[] }).hours).toHaveLength(24);
    const codes = (overview['problems'] as { code: string }[]).map(({ code }) => code);
    expect(codes).not.toContain('not-ready');
  });

  it('is this relay: its load, its processes, its last config', async () => {
    expect(await seen('/admin/v1/relays')).toMatchObject({
      relays: [
        {
          name: 'Tunnel Test',
          self: true,
          silent: false,
          ready: true,
          draining: false,
          memoryBytes: expect.any(Number),
          config: { loadedAtMs: expect.any(Number), refused: null },
          processes: expect.arrayContaining([expect.objectContaining({ worker: null, pid: expect.any(Number) })]),
        },
      ],
      unreadable: null,
    });
  });

  it.each(['/admin/v1/people/nobody-here', '/admin/v1/apis/nosuch', '/admin/v1/people?cursor=nonsense'])(
    'is refused for %s',
    async (path) => {
      const answer = await admin.ask(path, { headers: await seer() });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-input']);
    },
  );
});
