import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { accessCommand } from '../../../relay/commands/access.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { redisProgram } from '../../support/start-redis.ts';
import { frame, host, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type Answer, type RelayNode, type RelaysWorld, startRelaysWorld, untilReady } from './relays-world.ts';

const path = '/v1/access-requests';
const asked = { api: 'echo', role: 'refunders', reason: 'Ticket 4711', hours: 1 };
const patient = { timeout: 60_000 };

describe.runIf(redisProgram !== null)('access requests at relays that share Redis', { timeout: 180_000 }, () => {
  let world: RelaysWorld;
  let first: RelayNode;
  let second: RelayNode;
  let later: RelayNode;
  let alice: string;
  let bob: string;
  let tunnel: RawTunnel;
  let streams = 0;

  beforeAll(async () => {
    world = await startRelaysWorld({
      api: {
        rules: [{ name: 'refund', groups: ['refunders'] }],
        access_requests: { roles: ['refunders'], approvers: ['finance'], max_hours: 2 },
      },
    });
    [first, second] = await Promise.all([world.startNode(), world.startNode()]);
    [alice, bob] = [await world.token('alice'), await world.token('bob')];
    tunnel = await second.tunnel(alice);
  });
  afterAll(() => world?.close());

  const call = (node: RelayNode, token: string, below: string, body?: object): Promise<Answer> =>
    node.ask(`${path}${below}`, { authorization: `Bearer ${token}` }, body);
  /** The status of a refund, or 0 when it was cut off because the grant ended meanwhile. */
  const refund = async (): Promise<number> => {
    streams += 1;
    const streamId = streams * 2 - 1;
    const request = Buffer.from(`POST /refunds HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`);
    tunnel.send(frame(frameType.open, streamId, [0, 1]), frame(frameType.data, streamId, request));
    const { type, payload } = await tunnel.waitFor(
      (found) => found.streamId === streamId && (found.type === frameType.data || found.type === frameType.reset),
    );
    return type === frameType.reset ? 0 : Number(/^HTTP\/1\.1 (\d{3})/.exec(payload.toString())?.[1]);
  };
  /** Asks as Alice at the second relay; the id of the request. */
  const ask = async (): Promise<string> => String((await call(second, alice, '', asked)).body['id']);
  const catalogs = (): number => tunnel.frames.filter(({ payload }) => payload.includes('"type":"catalog"')).length;

  it('asked for at one and approved at another relay count at once on open tunnels, and in every record that they allow', async () => {
    const id = await ask();
    expect(await refund()).toBe(403);
    expect((await call(first, alice, `/${id}/approve`, {})).status).toBe(403);
    expect((await call(first, bob, '')).body).toMatchObject({
      requests: [{ id, requester: 'alice', decidable: true }],
    });
    const before = catalogs();
    expect(await call(first, bob, `/${id}/approve`, { note: 'fine' })).toMatchObject({
      status: 200,
      body: { status: 'approved', decidedBy: 'bob' },
    });
    await tunnel.waitFor(() => catalogs() > before);
    expect(await refund()).toBe(200);
    expect(second.audit().findLast((record) => record.type === 'decision')).toMatchObject({
      effect: 'allow',
      rule: `grant:${id}`,
      reason: expect.stringContaining('approved by bob'),
    });
    later = await world.startNode();
    const another = await later.tunnel(alice);
    expect(await another.request(1)).toBe(200);
    await another.close();
  });

  it('are decided once, whichever relay is first', async () => {
    await revoke();
    const id = await ask();
    const answers = await Promise.all(
      [first, second, first, second].map((node, index) =>
        call(node, bob, `/${id}/${index < 2 ? 'approve' : 'refuse'}`, {}),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409, 409, 409]);
    await revoke();
  });

  it('revoked on the command line end at every relay', async () => {
    const id = await ask();
    await call(first, bob, `/${id}/approve`, {});
    await expect.poll(refund, patient).toBe(200);
    await revoke();
    await expect.poll(refund, patient).toBe(403);
  });

  it('end by themselves when their time is over', async () => {
    const short = { ...asked, hours: 0.001 };
    const id = String((await call(first, alice, '', short)).body['id']);
    await call(first, bob, `/${id}/approve`, {});
    await expect.poll(refund, patient).toBe(403);
    await expect
      .poll(async () => (await requests()).find((request) => request.id === id)?.status, patient)
      .toBe('expired');
  });

  it('stand in the audit of one relay each, with all that happened', async () => {
    const events = (): string[] =>
      [first, second, later].flatMap((node) =>
        node
          .audit()
          .filter(isAccess)
          .map(({ grant, event }) => `${grant} ${event}`),
      );
    const wanted = (await requests()).flatMap(({ id, status, decidedBy }) => [
      `${id} requested`,
      ...(decidedBy === null ? [] : [`${id} ${status === 'refused' ? 'refused' : 'approved'}`]),
      ...(status === 'revoked' || status === 'expired' ? [`${id} ${status}`] : []),
    ]);
    await expect.poll(() => new Set(events()), patient).toEqual(new Set(wanted));
    expect(events()).toHaveLength(wanted.length);
  });

  it('can’t be made or decided while Redis is gone, and what was granted counts until it is back without it', async () => {
    const id = await ask();
    await call(first, bob, `/${id}/approve`, {});
    await expect.poll(refund, patient).toBe(200);
    await world.stopRedis();
    expect(await call(second, alice, '', asked)).toMatchObject({
      status: 503,
      body: { code: 'shared-state-unavailable' },
    });
    expect(await refund()).toBe(200);
    await world.restartRedis();
    await expect.poll(refund, patient).toBe(403);
    await Promise.all([untilReady(first), untilReady(second)]);
    expect((await call(first, alice, '', asked)).status).toBe(201);
  });

  const command = async (action: Parameters<typeof accessCommand>[0]['action']): Promise<readonly string[]> => {
    let output = '';
    const redis = { url: world.redis.url, prefix: 'causeway', timeoutMs: 5000 };
    const write = (text: string): void => void (output += text);
    expect(await accessCommand({ dataDir: first.dataDir, redis, action, json: true, write })).toBe(0);
    return output.trimEnd().split('\n');
  };
  const requests = async (): Promise<readonly AccessRequest[]> =>
    (await command({ type: 'list' })).map((line) => JSON.parse(line) as AccessRequest);
  /** Ends all that is granted. */
  const revoke = async (): Promise<void> => {
    for (const { id, status } of await requests())
      if (status === 'approved') await command({ type: 'revoke', id, reason: 'done' });
  };
});

describe('the command line for access requests', () => {
  it('says so when Redis can’t be reached', async () => {
    let output = '';
    const write = (text: string): void => void (output += text);
    const redis = { url: 'redis://127.0.0.1:1', prefix: 'causeway', timeoutMs: 1000 };
    const options = { dataDir: '/nowhere', redis, action: { type: 'list' }, json: false, write } as const;
    expect(await accessCommand(options)).toBe(1);
    expect(output).toContain('The store that the relays share can’t be reached');
  });
});

function isAccess(record: AuditRecord): record is Extract<AuditRecord, { type: 'access' }> {
  return record.type === 'access';
}
