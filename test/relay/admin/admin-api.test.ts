import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rightsOf } from '../../../relay/admin/operator-roles.ts';
import { minimalConfig } from '../config/config-folder.ts';
import { type AdminWorld, codeOf, json, type Role, roles, startAdminWorld } from './support/admin-world.ts';

let admin: AdminWorld;
beforeAll(async () => {
  admin = await startAdminWorld();
});
afterAll(() => admin?.close());

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
    const { body } = await admin.ask('/admin/v1/openapi.json', { headers: await admin.as('viewer') });
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
    ['an expired token', () => admin.bearer(roles.owner, -60), 401, 'sign-in-expired'],
    [
      'another issuer’s token',
      () => admin.bearer(roles.owner, 3600, { iss: 'https://other.example' }),
      401,
      'token-rejected',
    ],
    ['a person without a role', () => admin.bearer(['developers']), 403, 'policy-denied'],
    [
      'a page of another site',
      async () => ({ ...(await admin.as('owner')), origin: 'https://evil.example' }),
      403,
      'origin-not-allowed',
    ],
    ['a page of nowhere', async () => ({ ...(await admin.as('owner')), origin: 'null' }), 403, 'origin-not-allowed'],
  ])('refuses %s', async (_what, headers, status, code) => {
    const answer = await admin.send(method, path, body, await headers());
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it.each(Object.keys(roles) as Role[])('as %s: by the table of rights', async (role) => {
    const may = rightsOf[role].has(right as never);
    const before = admin.refusals().filter((code) => code === 'policy-denied').length;
    const answer = await admin.send(method, path, body, await admin.as(role));
    expect(answer.status).toBe(may ? status : 403);
    expect(answer.headers['cache-control']).toBe('no-store');
    if (!may) expect(admin.refusals().filter((code) => code === 'policy-denied').length).toBe(before + 1);
  });

  it('refuses unknown fields', async () => {
    const owner = await admin.as('owner');
    const answer =
      body === null
        ? await admin.send(method, `${path}?nosuchfield=1`, null, owner)
        : await admin.send(method, path, { ...body, nosuchfield: 1 }, owner);
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
    const answer = await admin.ask('/admin/v1/relay/reload', {
      method: 'POST',
      headers: { ...(await admin.as('owner')), ...json },
      body,
    });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });
});
