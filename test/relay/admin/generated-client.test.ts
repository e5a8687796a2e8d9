import { type Document, OpenAPIClientAxios } from 'openapi-client-axios';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { getRequest, hello, openTunnel, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

type Client = Readonly<Record<string, unknown>>;

let world: TunnelWorld;
let url: string;
let tunnel: RawTunnel;
let client: Client;

const token = (user: string, groups: readonly string[]): Promise<string> => world.issuer.token(user, 3600, { groups });

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  world = await startTunnelWorld({
    configure: (config) => ({
      ...config,
      admin: { listen: { port }, roles: { owner: ['security'] } },
      apis: config.apis.map((api) => ({
        ...api,
        rules: [...(api.rules ?? []), { name: 'reviewers', groups: ['reviewers'], methods: ['POST'] }],
        access_requests: { roles: ['reviewers'], approvers: ['boss'], max_hours: 2 },
      })),
    }),
  });
  const authorization = `Bearer ${await token('dana', ['security'])}`;
  const document = await fetch(`${url}/admin/v1/openapi.json`, { headers: { authorization } });
  const generated = new OpenAPIClientAxios({
    definition: (await document.json()) as Document,
    axiosConfigDefaults: { baseURL: url, headers: { authorization }, adapter: 'http', validateStatus: () => true },
  });
  client = (await generated.init()) as unknown as Client;
  tunnel = await openTunnel(world, 'alice');
  tunnel.send(hello);
  await tunnel.waitForControl('welcome');
  expect(await tunnel.request(1, getRequest('/v1/orders'))).toBe(200);
});
afterAll(() => world?.close());

/** Calls an operation by its name; the answer's body, once it is 200. */
async function call(operation: string, parameters: object | null, body?: unknown): Promise<never> {
  const run = client[operation] as (
    parameters: object | null,
    body?: unknown,
  ) => Promise<{ status: number; data: unknown }>;
  const { status, data } = await run(parameters, body);
  expect([operation, status, data]).toEqual([operation, 200, data]);
  return data as never;
}

it('a client that is generated from the document does all that an operator does', async () => {
  const reason = 'dana looks into it';
  expect(await call('relay', null)).toMatchObject({ name: 'Tunnel Test', ready: true });
  expect(await call('listApis', null)).toMatchObject({ apis: [{ id: 'echo', rules: 3 }] });

  await expect
    .poll(async () => ((await call('listSessions', { person: 'alice' })) as { sessions: object[] }).sessions)
    .toMatchObject([{ username: 'alice', openTunnels: 1 }]);

  const asked = { method: 'GET', url: 'echo/v1/orders', groups: ['developers'] };
  expect(await call('explain', null, asked)).toMatchObject({ decision: { effect: 'allow', rule: 'developers' } });
  const denied = { ...asked, url: 'echo/denied' };
  expect(await call('explain', null, denied)).toMatchObject({ decision: { effect: 'deny', rule: 'nobody' } });

  const dispatcher = new Agent({ connect: { ca: world.ca } });
  const requested = await undiciFetch(`${world.relayUrl}/v1/access-requests`, {
    method: 'POST',
    dispatcher,
    headers: { authorization: `Bearer ${await token('alice', ['developers'])}`, 'content-type': 'application/json' },
    body: JSON.stringify({ api: 'echo', role: 'reviewers', reason: 'a review' }),
  });
  const { id } = (await requested.json()) as { id: string };
  expect(await call('listAccessRequests', { status: 'pending' })).toMatchObject({ requests: [{ id }] });
  const approve = { id, decision: 'approve' };
  expect(await call('decideAccess', approve, { reason })).toMatchObject({ request: { status: 'approved' } });
  const revoke = { id, decision: 'revoke' };
  expect(await call('decideAccess', revoke, { reason })).toMatchObject({ request: { status: 'revoked' } });

  const key = { 'Idempotency-Key': '"lock-1"' };
  const { lock } = (await call('addLock', key, { group: 'developers', reason })) as { lock: { id: string } };
  expect(await call('addLock', key, { group: 'developers', reason })).toMatchObject({ lock: { id: lock.id } });
  expect(await call('listLocks', null)).toMatchObject({ locks: [{ id: lock.id }] });
  await expect.poll(() => tunnel.request(3)).toBe(403);
  await call('removeLock', { id: lock.id }, { reason });

  const text = ((await call('config', null)) as { text: string }).text;
  const proposed = text.replace('- developers\n', '- nobody-is-in-it\n');
  expect(proposed).not.toBe(text);
  expect(await call('checkConfig', null, { text: proposed })).toMatchObject({ problems: [] });
  expect(await call('whatIf', null, { text: proposed, days: 1 })).toMatchObject({
    totals: { lost: { people: 1 } },
    changes: [
      { change: 'lost', person: { username: 'alice' }, recorded: { rule: 'developers' }, proposed: { rule: null } },
    ],
  });
  expect(await call('whatIf', null, { text, days: 1 })).toMatchObject({ changes: [], changedApis: [] });

  expect(await call('endSessions', null, { person: 'alice', reason })).toMatchObject({
    ended: [{ username: 'alice' }],
  });
  await tunnel.closed;
  expect(await call('listAudit', { user: 'alice', type: 'decision' })).toMatchObject({
    records: expect.arrayContaining([expect.objectContaining({ record: expect.objectContaining({ api: 'echo' }) })]),
  });
  expect(await call('report', { report: 'usage', since: '1d' })).toMatchObject({ report: 'usage' });
});
