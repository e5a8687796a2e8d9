import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessCommand } from '../../../relay/commands/access.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

let echo: EchoUpstream;
let world: PipelineWorld;
let alice: string;
let bob: string;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    apis: [
      {
        id: 'orders',
        name: 'Orders',
        upstream: echo.url,
        access_requests: { roles: ['refunders'], approvers: ['finance'], max_hours: 2 },
        rules: [
          { name: 'read', methods: ['GET'] },
          { name: 'refund', groups: ['refunders'], methods: ['POST'] },
        ],
      },
      {
        id: 'secret',
        name: 'Secret',
        upstream: echo.url,
        access_requests: { roles: ['board'], approvers: ['finance'] },
      },
    ],
  });
  await world.configure((config) => ({
    ...config,
    apis: config.apis.map((api) =>
      api.id === 'secret' ? { ...api, when_locked: 'hide', rules: [{ name: 'b', groups: ['board'] }] } : api,
    ),
  }));
  [alice, bob] = await Promise.all([
    world.idp.mintAccessToken({ user: 'alice' }),
    world.idp.mintAccessToken({ user: 'bob' }),
  ]);
});
afterAll(async () => {
  await world.close();
  await echo.close();
});

async function call(token: string, path: string, body?: object): Promise<{ status: number; body: Shown }> {
  const answer = await fetch(`${world.relayUrl}/v1/access-requests${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Shown };
}
async function take(token: string, id = ''): Promise<{ status: number; body: Shown }> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${world.relayUrl}/v1/access-requests/${id}`, { method: 'DELETE', headers });
  return { status: answer.status, body: (await answer.json()) as Shown };
}
type Shown = Partial<AccessRequest> & { code?: string; detail?: string; requests?: readonly object[] };

const refund = async (): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${world.port('orders')}/refunds`, { method: 'POST', body: 'x' });
  await answer.arrayBuffer();
  return answer.status;
};

describe('access requests', () => {
  const asked = { api: 'orders', role: 'refunders', reason: 'Ticket 4711', hours: 1 };

  it('are refused without a sign-in, without a reason, for too long, and for what isn’t offered', async () => {
    expect((await call('nonsense', '')).status).toBe(401);
    expect((await call(alice, '', { ...asked, reason: ' ' })).status).toBe(400);
    expect((await call(alice, '', { ...asked, hours: 3 })).body.detail).toContain('At most 2 hours');
    expect((await call(alice, '', { ...asked, role: 'sre' })).status).toBe(400);
    expect((await call(alice, '', { ...asked, api: null })).status).toBe(400);
    expect((await call(alice, '', { ...asked, more: 1 })).status).toBe(400);
  });

  it('for a hidden API answer like those for one that doesn’t exist', async () => {
    const [hidden, absent] = [
      await call(alice, '', { ...asked, api: 'secret', role: 'board' }),
      await call(alice, '', { ...asked, api: 'absent', role: 'board' }),
    ];
    expect(JSON.stringify(hidden)).toBe(JSON.stringify(absent).replaceAll('absent', 'secret'));
  });

  it('may be decided by approvers alone, and by nobody for himself', async () => {
    const { status, body } = await call(alice, '', asked);
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'pending', role: 'refunders', hours: 1, mine: true, decidable: false });
    expect((await call(alice, '', asked)).body.id).toBe(body.id);
    expect((await call(alice, `/${body.id}/approve`, {})).status).toBe(403);
    expect((await call(bob, '/nope/approve', {})).status).toBe(403);
    expect(await refund()).toBe(403);
  });

  it('when approved, count at once on the open tunnel, in every record that they allow, until they are revoked', async () => {
    const mine = await call(bob, '');
    expect(mine.body.requests).toMatchObject([
      { requester: 'alice', mine: false, decidable: true, endable: false, approvers: ['finance'] },
    ]);
    expect(mine.body.requests).toMatchObject([{ today: { allowed: [expect.stringContaining('Read')], grants: [] } }]);
    expect(mine.body.requests).toMatchObject([{ today: { about: [{ verbs: expect.arrayContaining(['read']) }] } }]);
    expect(mine.body).toMatchObject({ decides: true, leftOut: 0 });
    expect((await call(alice, '')).body).toMatchObject({ decides: false });
    const [{ id } = { id: '' }] = (mine.body.requests ?? []) as readonly AccessRequest[];
    const approved = await call(bob, `/${id}/approve`, { note: 'fine' });
    expect(approved).toMatchObject({ status: 200, body: { status: 'approved', decidedBy: 'bob' } });
    expect(await refund()).toBe(200);
    expect(world.decisions(1)[0]?.record).toMatchObject({
      effect: 'allow',
      rule: `grant:${id}`,
      reason: expect.stringContaining('approved by bob'),
    });
    expect(await call(bob, `/${id}/refuse`, {})).toMatchObject({
      status: 409,
      body: { code: 'already-decided', detail: `The request ${id} was approved by bob before.` },
    });

    let output = '';
    const write = (text: string): void => void (output += text);
    const revoke = { type: 'revoke', id, reason: 'done' } as const;
    expect(await accessCommand({ dataDir: world.dataDir, action: revoke, json: false, write })).toBe(0);
    expect(output).toContain('revoked');
    await expect.poll(refund).toBe(403);
    await expect
      .poll(() => accessEvents())
      .toEqual([
        ['requested', 'alice', 'Ticket 4711'],
        ['approved', 'bob', 'fine'],
        ['revoked', expect.stringContaining('command line'), 'done'],
      ]);
  });

  it('say nothing that steers the page of who decides', async () => {
    const { body } = await call(alice, '', { ...asked, reason: 'Ticket\u202E 4711\u0007!' });
    expect(body).toMatchObject({ reason: 'Ticket  4711 !' });
    await take(alice, body.id);
  });

  it('are taken back by who asked alone, and given up by who has them', async () => {
    const { body } = await call(alice, '', asked);
    expect((await take(bob, body.id)).status).toBe(403);
    expect((await take(alice, 'nope')).status).toBe(403);
    expect(await take(alice, body.id)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await take(alice, body.id)).toMatchObject({ status: 409, body: { code: 'already-decided' } });
    expect((await call(bob, `/${body.id}/approve`, {})).body.detail).toContain('taken back by who asked');

    const again = await call(alice, '', asked);
    expect(again.body.id).not.toBe(body.id);
    await call(bob, `/${again.body.id}/approve`, {});
    expect(await refund()).toBe(200);
    expect(await take(alice, again.body.id)).toMatchObject({
      status: 200,
      body: { status: 'revoked', note: 'Given up by the person.', noteReasons: [{ code: 'grant-given-up' }] },
    });
    expect(await refund()).toBe(403);
  });

  it('are approved for less than was asked, refused with a reason, and ended early by those who decide', async () => {
    const { body } = await call(alice, '', asked);
    expect((await call(bob, `/${body.id}/approve`, { hours: 1.5 })).status).toBe(400);
    expect((await call(bob, `/${body.id}/approve`, { hours: 0 })).status).toBe(400);
    expect((await call(bob, `/${body.id}/refuse`, { note: 'x', hours: 1 })).status).toBe(400);
    expect((await call(bob, `/${body.id}/end`, {})).status).toBe(409);
    const approved = await call(bob, `/${body.id}/approve`, { hours: 0.5, note: 'An hour is too long' });
    expect(approved.body).toMatchObject({ status: 'approved', hours: 0.5, endable: true, note: 'An hour is too long' });
    expect((await call(alice, `/${body.id}/end`, {})).status).toBe(403);
    expect(await call(bob, `/${body.id}/end`, { note: 'Done' })).toMatchObject({
      status: 200,
      body: { status: 'revoked', note: 'Done', endable: false },
    });
    expect(await refund()).toBe(403);

    const next = await call(alice, '', asked);
    await call(bob, `/${next.body.id}/refuse`, { note: 'Use the form' });
    const shown = (await call(alice, '')).body.requests?.[0];
    expect(shown).toMatchObject({ status: 'refused', decidedBy: 'bob', note: 'Use the form', mine: true });
  });

  it('are no more than fifty a day, however many of them are taken back', async () => {
    const dana = await world.idp.mintAccessToken({ user: 'dana' });
    for (let made = 0; made < 50; made += 1) {
      const { status, body } = await call(dana, '', asked);
      expect([status, (await take(dana, body.id)).status]).toEqual([201, 200]);
    }
    expect(await call(dana, '', asked)).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
  });

  it('decided by two at once are decided once; the other is told by whom', async () => {
    const { body } = await call(alice, '', asked);
    const carol = await world.idp.mintAccessToken({ user: 'carol', claims: { groups: ['finance'] } });
    const answers = await Promise.all([
      call(bob, `/${body.id}/approve`, {}),
      call(carol, `/${body.id}/refuse`, { note: 'No' }),
    ]);
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409]);
    const won = answers.find(({ status }) => status === 200);
    const lost = answers.find(({ status }) => status === 409);
    expect(lost?.body.detail).toContain(`${won?.body.status} by ${won?.body.decidedBy} before`);
    if (won?.body.status === 'approved') await take(alice, body.id);
  });

  it('approved on the command line end by themselves when their time is over', async () => {
    // Long enough to be seen as given, on a slow machine too.
    const { body } = await call(alice, '', { ...asked, hours: 0.002 });
    let output = '';
    const write = (text: string): void => void (output += text);
    const run = (action: Parameters<typeof accessCommand>[0]['action']): Promise<number> =>
      accessCommand({ dataDir: world.dataDir, action, json: false, write });
    expect(await run({ type: 'approve', id: 'nope', reason: 'fine' })).toBe(2);
    expect(await run({ type: 'approve', id: body.id ?? '', reason: 'fine' })).toBe(0);
    await expect.poll(refund).toBe(200);
    await expect.poll(refund).toBe(403);
    await expect.poll(() => accessEvents().at(-1)?.[0]).toBe('expired');
    expect(await run({ type: 'list', status: 'expired' })).toBe(0);
    expect(output).toContain('alice: refunders at orders');
  });

  it('end when the configuration no longer offers the role', async () => {
    const { body } = await call(alice, '', asked);
    await call(bob, `/${body.id}/approve`, {});
    expect(await refund()).toBe(200);
    await world.configure((config) => ({
      ...config,
      apis: config.apis.map(({ access_requests: _requests, ...api }) => api),
    }));
    expect(await refund()).toBe(403);
    const store = openGrantStore(world.dataDir);
    expect(store.find(body.id ?? '')?.status).toBe('approved');
    store.close();
  });
});

function accessEvents(): readonly (readonly [string, string, string])[] {
  return queryAudit(world.dataDir, { limit: 1000 })
    .toReversed()
    .flatMap(({ record }) => (record.type === 'access' ? [[record.event, record.by, record.note] as const] : []));
}
