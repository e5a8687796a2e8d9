import { Agent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { rightsOf } from '../../../relay/admin/operator-roles.ts';
import { minimalConfig } from '../config/config-folder.ts';
import { freePort } from '../../support/free-port.ts';
import { control, getRequest, host, openTunnel, hello } from '../../tunnel/support/raw-tunnel.ts';
import type { AdminDocument } from './support/admin-document.ts';
import { createAnswerChecker } from './support/check-answer.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
let url: string;
/** Slowly enough for how many questions one person may ask. */
const patient = { timeout: 30_000, interval: 400 };
// A kept connection may end at the port just as it is used again.
const agent = new Agent({ keepAlive: false });
const roles = { viewer: ['helpdesk'], auditor: ['audit'], operator: ['ops'], owner: ['security'] };

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  world = await startTunnelWorld({
    configure: (config) => ({
      ...config,
      admin: { listen: { port }, roles },
      apis: config.apis.map((api) => ({
        ...api,
        request_limits: [{ name: 'daily', requests: 1000, every: 'day', per: 'user' }],
        access_requests: { roles: ['refunders'], approvers: ['bosses'], max_hours: 8 },
      })),
    }),
  });
  check = createAnswerChecker(
    JSON.parse((await ask('/admin/v1/openapi.json', { headers: await as('viewer') })).body) as AdminDocument,
  );
  const early = await openTunnel(world, 'early');
  early.send(hello);
  await early.waitForControl('welcome');
  await vi.waitFor(async () => expect(await sessionsOf('early')).toHaveLength(1), 60_000);
});
afterAll(async () => {
  agent.destroy();
  await world?.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly socketPath?: string;
}

let check: ReturnType<typeof createAnswerChecker> | undefined;
/** Asks, and demands that the answer is as the document says. */
const ask = async (path: string, asked: Asked = {}): Promise<Answer> => {
  const answer = await answerOf(path, asked);
  const { status, headers, body } = answer;
  const given = { method: asked.method ?? 'GET', path, status, contentType: headers['content-type'], body };
  if (path.startsWith('/admin/')) expect(check?.(given) ?? []).toEqual([]);
  return answer;
};
const answerOf = (path: string, { method = 'GET', headers = {}, body, socketPath }: Asked = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const target = socketPath === undefined ? { host: '127.0.0.1', port: new URL(url).port, agent } : { socketPath };
    const sent = httpRequest({ ...target, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
        if (!sent.writableEnded) sent.destroy();
      });
    });
    sent.once('error', reject);
    if (body === undefined || body.length < 6_000_000) sent.end(body);
    // Is refused by what it announces; writing on would meet a closed connection.
    else sent.setHeader('content-length', body.length).flushHeaders();
  });

const bearer = async (
  groups: readonly string[],
  lifetimeSeconds?: number,
  claims = {},
): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await world.issuer.token('dana', lifetimeSeconds, { groups, ...claims })}`,
});
const as = async (role: keyof typeof roles): Promise<Record<string, string>> => bearer(roles[role]);
const sessionsOf = async (
  person: string,
): Promise<readonly { readonly id: string; readonly openTunnels: number }[]> => {
  const { body } = await ask(`/admin/v1/sessions?person=${person}`, { headers: await as('owner') });
  return (JSON.parse(body) as { sessions?: { id: string; openTunnels: number }[] }).sessions ?? [];
};
const json = { 'content-type': 'application/json' };
const codeOf = ({ body }: Answer): unknown => (JSON.parse(body) as { code?: unknown }).code;
const refusals = (): readonly string[] =>
  queryAudit(world.dataDir, { type: 'authentication-refused', limit: 10_000 }).flatMap(({ record }) =>
    record.type === 'authentication-refused' ? [record.code] : [],
  );

/** Each operation with a request that is right but for what a test takes from it. */
const operations: readonly (readonly [
  method: string,
  path: string,
  right: string,
  body: object | null,
  status?: number,
])[] = [
  ['GET', '/admin/v1/sessions', 'read-people', null],
  ['POST', '/admin/v1/sessions/end', 'end-sessions', { person: 'early', reason: 'a test' }],
  ['GET', '/admin/v1/people', 'read-people', null],
  ['GET', '/admin/v1/people/early', 'read-people', null],
  ['GET', '/admin/v1/people/early/quotas', 'read-people', null],
  ['GET', '/admin/v1/locks', 'read-people', null],
  ['POST', '/admin/v1/locks', 'lock', { group: 'nobody-has-it', reason: 'a test' }],
  ['POST', '/admin/v1/locks/nosuchlock/remove', 'lock', { reason: 'a test' }, 400],
  ['POST', '/admin/v1/people/revoke', 'end-sessions', { who: 'subject-gone', issuer: 'https://a', reason: 'a test' }],
  ['GET', '/admin/v1/access-requests', 'read-people', null],
  ['POST', '/admin/v1/access-requests/nosuchrequest/approve', 'decide-access', { reason: 'a test' }, 400],
  ['GET', '/admin/v1/me', 'see-relay', null],
  ['GET', '/admin/v1/grants', 'read-people', null],
  [
    'POST',
    '/admin/v1/grants',
    'decide-access',
    { person: 's', issuer: 'Issuer', api: 'echo', role: 'refunders', reason: 'x' },
  ],
  ['GET', '/admin/v1/relay', 'see-relay', null],
  ['GET', '/admin/v1/relays', 'see-relay', null],
  ['POST', '/admin/v1/relays/nosuchrequest/drain', 'run-relay', { reason: 'a test' }, 400],
  ['POST', '/admin/v1/relays/nosuchrequest/workers/1/drain', 'run-relay', { reason: 'a test' }, 400],
  ['POST', '/admin/v1/relay/drain', 'run-relay', { reason: 'a test' }],
  ['POST', '/admin/v1/relay/undrain', 'run-relay', { reason: 'a test' }],
  ['GET', '/admin/v1/anomalies', 'read-usage', null],
  ['POST', '/admin/v1/anomalies/nosuchrequest/acknowledge', 'acknowledge', { note: 'a test' }, 400],
  ['GET', '/admin/v1/apis', 'see-relay', null],
  ['GET', '/admin/v1/apis/echo', 'read-usage', null],
  ['GET', '/admin/v1/overview', 'see-relay', null],
  ['GET', '/admin/v1/certificates', 'see-relay', null],
  ['GET', '/admin/v1/providers', 'see-relay', null],
  ['GET', '/admin/v1/config', 'read-config', null],
  ['GET', '/admin/v1/config/effective', 'read-config', null],
  ['POST', '/admin/v1/config/check', 'read-policy', { text: 'relay: {}' }],
  ['GET', '/admin/v1/configs', 'read-config', null],
  ['GET', '/admin/v1/configs/nosuchrequest', 'read-config', null, 400],
  ['POST', '/admin/v1/relay/reload', 'run-relay', { reason: 'a test' }],
  ['POST', '/admin/v1/relay/doctor', 'run-relay', null],
  ['POST', '/admin/v1/relay/backup', 'back-up', { reason: 'a test' }],
  ['GET', '/admin/v1/relay/debug', 'read-people', null],
  ['POST', '/admin/v1/relay/debug', 'run-relay', { api: 'nosuch', minutes: 5, reason: 'a test' }, 400],
  ['POST', '/admin/v1/relay/debug/nosuchrequest/end', 'run-relay', { reason: 'a test' }, 400],
  ['GET', '/admin/v1/break-glass/accounts', 'read-people', null],
  ['POST', '/admin/v1/break-glass/accounts/kim/invite', 'change-accounts', { reason: 'a test' }, 400],
  ['GET', '/admin/v1/signals', 'see-relay', null],
  ['POST', '/admin/v1/people/erase', 'erase-people', { who: 'nosuchperson', reason: 'a test' }, 400],
  ['POST', '/admin/v1/keys/identity/replace', 'change-keys', { reason: 'a test' }],
  ['GET', '/admin/v1/audit', 'read-audit', null],
  ['GET', '/admin/v1/audit/export', 'read-audit', null],
  ['GET', '/admin/v1/audit/state', 'read-audit', null],
  ['POST', '/admin/v1/audit/verify', 'read-audit', null],
  ['POST', '/admin/v1/audit/verify-onwards', 'read-audit', {}],
  ['GET', '/admin/v1/audit/new', 'read-audit', null],
  ['GET', '/admin/v1/audit/sinks', 'see-relay', null],
  ['GET', '/admin/v1/audit/growth', 'read-audit', null, 400],
  ['GET', '/admin/v1/audit/records/999999999/proof', 'read-audit', null, 400],
  ['GET', '/admin/v1/reports/usage', 'read-usage', null],
  ['GET', '/admin/v1/usage', 'read-usage', null],
  ['GET', '/admin/v1/locks/nosuchlock', 'read-people', null, 400],
  ['GET', '/admin/v1/access-requests/nosuchrequest', 'read-people', null, 400],
  ['GET', '/admin/v1/anomalies/nosuchrequest', 'read-usage', null, 400],
  ['POST', '/admin/v1/policy/explain', 'read-policy', { method: 'GET', url: 'echo/', groups: ['developers'] }],
  ['POST', '/admin/v1/policy/what-if', 'read-policy', { text: minimalConfig() }],
];

const send = (method: string, path: string, body: object | null, headers: Record<string, string>): Promise<Answer> =>
  ask(path, {
    method,
    headers: { ...headers, ...(body === null ? {} : json) },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });

const examples: Readonly<Record<string, string>> = {
  report: 'usage',
  decision: 'approve',
  person: 'early',
  api: 'echo',
  key: 'identity',
  account: 'kim',
  act: 'invite',
  order: 'drain',
  worker: '1',
  seq: '999999999',
};
const exampleOf = (path: string): string =>
  path.replaceAll(
    /\{(\w+)\}/g,
    (_whole, name: string) => examples[name] ?? (path.includes('/locks/') ? 'nosuchlock' : 'nosuchrequest'),
  );

describe('the table of operations', () => {
  it('is that of the published document', async () => {
    const { body } = await ask('/admin/v1/openapi.json', { headers: await as('viewer') });
    const document = JSON.parse(body) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect(document.openapi).toBe('3.1.0');
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${exampleOf(path)}`),
    );
    const tabled = operations.map(([method, path]) => `${method} ${path}`);
    // Never ends by itself: events.test.ts has it.
    expect(documented.toSorted()).toEqual([...tabled, 'GET /admin/v1/events'].toSorted());
  });
});

const cases = operations.map(
  ([method, path, right, body, status = 200]) => [method, path, right, body, status] as const,
);

describe.each(cases)('%s %s', (method, path, right, body, status) => {
  it.each<[string, () => Promise<Record<string, string>>, number, string]>([
    ['no token', () => Promise.resolve({}), 401, 'token-rejected'],
    ['nonsense', () => Promise.resolve({ authorization: 'Bearer nonsense' }), 401, 'token-rejected'],
    ['an expired token', () => bearer(roles.owner, -60), 401, 'sign-in-expired'],
    [
      'another issuer’s token',
      () => bearer(roles.owner, 3600, { iss: 'https://other.example' }),
      401,
      'token-rejected',
    ],
    ['a person without a role', () => bearer(['developers']), 403, 'policy-denied'],
    [
      'a page of another site',
      async () => ({ ...(await as('owner')), origin: 'https://evil.example' }),
      403,
      'origin-not-allowed',
    ],
    ['a page of nowhere', async () => ({ ...(await as('owner')), origin: 'null' }), 403, 'origin-not-allowed'],
  ])('refuses %s', async (_what, headers, status, code) => {
    const answer = await send(method, path, body, await headers());
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it.each(Object.keys(roles) as (keyof typeof roles)[])('as %s: by the table of rights', async (role) => {
    const may = rightsOf[role].has(right as never);
    const before = refusals().filter((code) => code === 'policy-denied').length;
    const answer = await send(method, path, body, await as(role));
    expect(answer.status).toBe(may ? status : 403);
    expect(answer.headers['cache-control']).toBe('no-store');
    if (!may) expect(refusals().filter((code) => code === 'policy-denied').length).toBe(before + 1);
  });

  it('refuses unknown fields', async () => {
    const owner = await as('owner');
    const answer =
      body === null
        ? await send(method, `${path}?nosuchfield=1`, null, owner)
        : await send(method, path, { ...body, nosuchfield: 1 }, owner);
    // Operations that take nothing have nothing to refuse.
    if (body === null && ['/admin/v1/me', '/admin/v1/relay', '/admin/v1/apis', '/admin/v1/config'].includes(path))
      expect(answer.status).toBe(200);
    else expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-input']);
  });
});

describe('bodies', () => {
  it.each<[string, string, number, string]>([
    ['no JSON', '{', 400, 'bad-input'],
    ['nothing', '', 400, 'bad-input'],
    ['a list', '[]', 400, 'bad-input'],
    ['a lone surrogate and depth', '['.repeat(60_000), 400, 'bad-input'],
    ['an oversized one', JSON.stringify({ text: 'x'.repeat(6_000_000) }), 413, 'body-too-large'],
    ['no reason', '{"reason":" "}', 400, 'bad-input'],
  ])('with %s are refused', async (_what, body, status, code) => {
    const answer = await ask('/admin/v1/relay/reload', {
      method: 'POST',
      headers: { ...(await as('owner')), ...json },
      body,
    });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });
});

describe('what operators read', () => {
  beforeAll(async () => {
    const tunnel = await openTunnel(world, 'ann');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    expect(await tunnel.request(3, getRequest('/denied'))).toBe(403);
    await tunnel.close();
  });

  it('is the audit, filtered and page by page', async () => {
    const owner = await as('owner');
    const first = JSON.parse(
      (await ask('/admin/v1/audit?user=ann&type=decision&limit=1', { headers: owner })).body,
    ) as {
      records: { seq: number; record: { effect: string } }[];
      next: number;
    };
    expect(first.records).toMatchObject([{ record: { effect: 'deny' } }]);
    const second = JSON.parse(
      (await ask(`/admin/v1/audit?user=ann&type=decision&cursor=${first.next}`, { headers: owner })).body,
    ) as typeof first;
    expect(second.records.map(({ record }) => record.effect)).toEqual(['allow']);
    const wrong = await ask('/admin/v1/audit?user=anne', { headers: owner });
    expect([wrong.status, codeOf(wrong)]).toEqual([400, 'bad-input']);
    expect(wrong.body).toContain('“ann”');
  });

  it('is usage, a decision explained, and problems of a config', async () => {
    const owner = await as('owner');
    const usage = JSON.parse((await ask('/admin/v1/reports/usage?since=1d', { headers: owner })).body) as {
      rows: unknown[];
    };
    expect(usage.rows).toMatchObject([{ name: 'echo', requests: 2, denied: 1 }]);
    const explained = await send(
      'POST',
      '/admin/v1/policy/explain',
      { method: 'GET', url: 'echo/denied', groups: ['developers'] },
      owner,
    );
    expect(JSON.parse(explained.body)).toMatchObject({ decision: { effect: 'deny', rule: 'nobody' } });
    const checked = await send('POST', '/admin/v1/config/check', { text: 'relay: {name: A}' }, owner);
    expect(JSON.parse(checked.body)).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ key: 'relay.url' })]),
    });
  });

  it('waits for itself: a config that takes seconds to check holds up nobody else', async () => {
    const answered: string[] = [];
    const checking = send(
      'POST',
      '/admin/v1/config/check',
      { text: `a: ${'['.repeat(500_000)}` },
      await as('owner'),
    ).then(({ body }) => answered.push(body.includes('nested too deeply') ? 'checked' : body));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await ask('/healthz').then(({ status }) => answered.push(`healthy ${status}`));
    await checking;
    expect(answered).toEqual(['healthy 200', 'checked']);
  });

  it('is the config without its secrets', async () => {
    const { body } = await ask('/admin/v1/config', { headers: await as('auditor') });
    expect(JSON.parse(body)).toMatchObject({ text: expect.stringContaining('Tunnel Test') });
  });

  it('is metrics whose labels no caller chooses', async () => {
    const tunnel = await openTunnel(world, 'ann');
    const listeners = [{ id: 1, hosts: { [host]: 'made-up-by-ann' } }];
    const device = { name: 'test', system: 'linux', appVersion: '0.1.0' };
    tunnel.send(control({ type: 'hello', device, listeners }));
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(404);
    await tunnel.close();
    await vi.waitFor(async () => {
      const { body } = await ask('/metrics');
      expect(body).toMatch(/^causeway_denials_total\{api="unknown",code="unknown-api"\} 1$/m);
      expect(body).not.toContain('made-up-by-ann');
    }, 10_000);
  });

  it('is metrics that agree with the audit, and name neither person nor path', async () => {
    const entries = queryAudit(world.dataDir, { limit: 1000, type: 'decision' });
    const denied = entries.filter(({ record }) => record.type === 'decision' && record.effect === 'deny').length;
    await vi.waitFor(async () => {
      const { body } = await ask('/metrics');
      const valueOf = (line: RegExp): number =>
        body
          .split('\n')
          .filter((each) => line.test(each))
          .reduce((sum, each) => sum + Number(each.split(' ').at(-1)), 0);
      expect(valueOf(/^http_server_request_duration_seconds_count\{/)).toBe(entries.length);
      expect(valueOf(/^http_server_request_duration_seconds_count\{.*decision="deny"/)).toBe(denied);
      expect(valueOf(/^causeway_authentications_refused_total\{/)).toBe(refusals().length);
      expect(body).toMatch(/causeway_certificate_not_after_timestamp_seconds\{use="relay.tls"\} \d+/);
      expect(body).not.toMatch(/\b(?:ann|dana)\b|\/denied/);
    }, 10_000);
  });
});

describe('what operators see', () => {
  const seen = async (path: string): Promise<Record<string, unknown>> =>
    JSON.parse((await ask(path, { headers: await seer() })).body) as Record<string, unknown>;
  // One of their own, whose questions nobody else's are counted with.
  const seer = async (): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await world.issuer.token('otto', 3600, { groups: roles.operator })}`,
  });

  beforeAll(async () => {
    const tunnel = await openTunnel(world, 'eve');
    const device = { name: 'pc', system: 'linux', appVersion: '0.1.0', attributes: { asset: 'PC-4711' } };
    tunnel.send(control({ type: 'hello', device, listeners: [{ id: 1, hosts: { [host]: 'echo' } }] }));
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    expect(await tunnel.request(3, getRequest('/denied'))).toBe(403);
    await tunnel.close();
    await vi.waitFor(async () => expect(await sessionsOf('eve')).toHaveLength(1), patient);
  });

  it('is a person: what they may by the groups seen last, their sessions, and what they used', async () => {
    const { people } = (await seen('/admin/v1/people?search=EV')) as { people: { id: string; username: string }[] };
    expect(people).toMatchObject([{ username: 'eve', kind: 'person', sessions: 1, locked: false }]);
    await vi.waitFor(async () => {
      const person = await seen(`/admin/v1/people/${people[0]?.id}`);
      expect(person).toMatchObject({
        person: { username: 'eve', issuer: world.issuer.url },
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
    const headers = { authorization: `Bearer ${await world.issuer.token('otto', 3600, { groups: roles.owner })}` };
    const page = async (query: string) =>
      JSON.parse((await ask(`/admin/v1/config/effective${query}`, { headers })).body) as {
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
    const tunnel = await openTunnel(world, 'gil');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    await vi.waitFor(async () => expect(await sessionsOf('gil')).toHaveLength(1), patient);
    const body = { who: 'subject-gil', issuer: world.issuer.url, reason: 'Left the company' };
    expect((await send('POST', '/admin/v1/people/revoke', body, await as('operator'))).status).toBe(200);
    await tunnel.closed;
    expect(await sessionsOf('gil')).toEqual([]);
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
      const answer = await ask(path, { headers: await seer() });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-input']);
    },
  );
});

describe('what operators do', () => {
  it('ends a session: its tunnel closes at once, and the audit says who did it and why', async () => {
    const tunnel = await openTunnel(world, 'bea');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    await vi.waitFor(async () => expect(await sessionsOf('bea')).toMatchObject([{ openTunnels: 1 }]), 10_000);
    const [session] = await sessionsOf('bea');
    const body = { session: session?.id, reason: 'Laptop sold' };
    const beganAtMs = performance.now();
    const ended = await send('POST', '/admin/v1/sessions/end', body, await as('operator'));
    expect(JSON.parse(ended.body)).toMatchObject({ ended: [{ username: 'bea' }], recorded: true, untold: null });
    await tunnel.closed;
    expect(performance.now() - beganAtMs).toBeLessThan(20_000);
    const [entry] = queryAudit(world.dataDir, { limit: 1, type: 'lock' });
    expect(entry?.record).toMatchObject({
      event: 'session-ended',
      operator: 'dana (admin API)',
      reason: 'Laptop sold',
    });
  });

  it('drains the relay: tunnels are told to go and new ones refused, until it is taken back', async () => {
    const tunnel = await openTunnel(world, 'hal');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    const drained = await send('POST', '/admin/v1/relay/drain', { reason: 'New disk' }, await as('operator'));
    expect(drained.status).toBe(200);
    await tunnel.waitForControl('goaway');
    await tunnel.closed;
    await vi.waitFor(async () => {
      const ready = await ask('/readyz');
      expect(ready.status).toBe(503);
      expect(ready.body).toContain('An operator drains this relay');
    }, patient);
    const overview = await ask('/admin/v1/overview', { headers: await as('viewer') });
    const { problems } = JSON.parse(overview.body) as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code)).toContain('draining');
    expect(problems.map(({ code }) => code)).not.toContain('not-ready');
    await expect(openTunnel(world, 'hal')).rejects.toThrow();
    await send('POST', '/admin/v1/relay/undrain', { reason: 'Done' }, await as('operator'));
    await vi.waitFor(async () => {
      const again = await openTunnel(world, 'hal');
      again.send(hello);
      await again.waitForControl('welcome');
      await again.close();
    }, patient);
    const events = queryAudit(world.dataDir, { limit: 50, type: 'relay' }).flatMap(({ record }) =>
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
    const given = await send('POST', '/admin/v1/grants', { ...give, person: 'early' }, await as('operator'));
    expect(JSON.parse(given.body)).toMatchObject({
      grant: { status: 'approved', requester: { username: 'early' }, decidedBy: 'dana (admin API)' },
      recorded: true,
    });
    const { grants } = JSON.parse(
      (await ask('/admin/v1/grants?state=unused&person=early', { headers: await as('auditor') })).body,
    ) as { grants: object[] };
    expect(grants).toMatchObject([{ role: 'refunders', requests: 0, lastHour: null }]);
    const own = await send(
      'POST',
      '/admin/v1/grants',
      { ...give, person: 'subject-dana', issuer: 'Issuer' },
      await as('operator'),
    );
    expect([own.status, codeOf(own)]).toEqual([403, 'policy-denied']);
  });

  it('acknowledges a finding once: who and why is in the audit, the list and the report', async () => {
    for (let index = 0; index < 30; index += 1)
      await ask('/admin/v1/relay', { headers: { authorization: 'Bearer nonsense' } });
    let found: { id: string; acknowledged: unknown } | undefined;
    await vi.waitFor(async () => {
      const { body } = await ask('/admin/v1/anomalies?acknowledged=false', { headers: await as('operator') });
      [found] = (JSON.parse(body) as { anomalies: { id: string; acknowledged: unknown }[] }).anomalies;
      expect(found).toMatchObject({ acknowledged: null });
    }, patient);
    const path = `/admin/v1/anomalies/${found?.id}/acknowledge`;
    const first = await send('POST', path, { note: 'A test of ours' }, await as('operator'));
    const acknowledged = { by: 'dana (admin API)', note: 'A test of ours', atMs: expect.any(Number) };
    expect(JSON.parse(first.body)).toMatchObject({ anomaly: { acknowledged } });
    const second = await send('POST', path, { note: 'Again' }, await as('operator'));
    expect([second.status, codeOf(second)]).toEqual([400, 'bad-input']);
    const listed = JSON.parse(
      (await ask('/admin/v1/anomalies?acknowledged=true', { headers: await as('auditor') })).body,
    ) as object;
    expect(listed).toMatchObject({ anomalies: [{ id: found?.id, acknowledged }] });
    const report = JSON.parse((await ask('/admin/v1/reports/anomalies', { headers: await as('auditor') })).body) as {
      rows: { id: string; acknowledged: string | null }[];
    };
    expect(report.rows.find(({ id }) => id === found?.id)?.acknowledged).toContain('A test of ours');
    const [entry] = queryAudit(world.dataDir, { limit: 1, type: 'administrator' });
    expect(entry?.record).toMatchObject({ act: 'anomaly-acknowledged', finding: found?.id, reason: 'A test of ours' });
  });

  it('locks an API and takes the lock away: open tunnels are refused meanwhile', async () => {
    const tunnel = await openTunnel(world, 'cleo');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    expect(await tunnel.request(1)).toBe(200);
    const owner = await as('owner');
    const added = await send('POST', '/admin/v1/locks', { api: 'echo', reason: 'Incident 12' }, owner);
    const { id } = (JSON.parse(added.body) as { lock: { id: string } }).lock;
    let stream = 3;
    await vi.waitFor(async () => expect(await tunnel.request((stream += 2))).toBe(403), 10_000);
    const removed = await send('POST', `/admin/v1/locks/${id}/remove`, { reason: 'Cleared' }, owner);
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
    const answer = await send('POST', path, body, await as('owner'));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-input']);
  });
});

describe('who was shut out', () => {
  const tokenOf = async (person: string, groups: readonly string[]): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await world.issuer.token(person, 3600, { groups })}`,
  });

  it.each<[string, string, object, number, string]>([
    ['a revocation', '/admin/v1/people/revoke', { who: 'subject-revoked' }, 401, 'session-revoked'],
    ['a lock on the person', '/admin/v1/locks', { person: 'locked' }, 403, 'locked'],
    ['a lock on a group', '/admin/v1/locks', { group: 'left-the-company' }, 403, 'locked'],
  ])('by %s administers no more with the token that there was', async (_what, path, body, status, code) => {
    const person = 'who' in body ? 'revoked' : 'person' in body ? 'locked' : 'member';
    const theirs = await tokenOf(person, ['security', ...(person === 'member' ? ['left-the-company'] : [])]);
    expect((await ask('/admin/v1/relay', { headers: theirs })).status).toBe(200);
    const given = { ...body, ...('who' in body ? { issuer: world.issuer.url } : {}), reason: 'Stolen' };
    expect((await send('POST', path, given, await as('owner'))).status).toBe(200);
    await vi.waitFor(async () => {
      const answer = await send('POST', '/admin/v1/locks', { api: 'echo', reason: 'Revenge' }, theirs);
      expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    }, 10_000);
    expect(refusals()[0]).toBe(code);
  });

  it('by a lock on everything is who asks the APIs, not who takes the lock away', async () => {
    const owner = await as('owner');
    const added = await send('POST', '/admin/v1/locks', { everything: true, reason: 'Incident 13' }, owner);
    const { id } = (JSON.parse(added.body) as { lock: { id: string } }).lock;
    const removed = await send('POST', `/admin/v1/locks/${id}/remove`, { reason: 'Over' }, owner);
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
    const socketPath = join(world.dataDir, 'admin.sock');
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    const answer = await ask('/admin/v1/relay', { socketPath });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ name: 'Tunnel Test', ready: true, problems: [] });
  });
});

describe('connections', () => {
  it('beyond two hundred are closed at once, and employees’ aren’t among them', async () => {
    const { port } = new URL(url);
    let closed = 0;
    const flood = Array.from({ length: 300 }, () =>
      connect(Number(port), '127.0.0.1')
        .on('error', () => undefined)
        .once('close', () => (closed += 1)),
    );
    await vi.waitFor(() => expect(closed).toBeGreaterThanOrEqual(100), 10_000);
    expect(closed).toBeLessThan(150);
    const tunnel = await openTunnel(world, 'dora');
    tunnel.send(hello);
    await tunnel.waitForControl('welcome');
    await tunnel.close();
    for (const socket of flood) socket.destroy();
    await vi.waitFor(async () => expect((await ask('/healthz')).status).toBe(200), 10_000);
  });
});

describe('health', () => {
  it('needs no token at the operators’ port', async () => {
    expect((await ask('/healthz')).status).toBe(200);
    expect(JSON.parse((await ask('/readyz')).body)).toEqual({ ready: true, problems: [] });
    expect((await ask('/nowhere')).status).toBe(404);
  });
});
