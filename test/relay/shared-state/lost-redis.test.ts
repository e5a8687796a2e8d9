import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisProgram } from '../../support/start-redis.ts';
import { frame, getRequest, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { type RelayNode, type RelaysWorld, startRelaysWorld, untilReady } from './relays-world.ts';

const catalogPath = '/v1/catalog';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const patient = { timeout: 60_000 };

describe.runIf(redisProgram !== null)('relays that lose their Redis', { timeout: 180_000 }, () => {
  let world: RelaysWorld;
  let first: RelayNode;
  let second: RelayNode;
  let alice: string;
  let bob: string;
  let stays: RawTunnel;
  let ends: RawTunnel;

  beforeAll(async () => {
    world = await startRelaysWorld();
    [first, second] = await Promise.all([world.startNode(), world.startNode()]);
    [alice, bob] = [await world.token('alice'), await world.token('bob')];
    stays = await second.tunnel(bob);
    ends = await second.tunnel(alice);
    await world.stopRedis();
  });
  afterAll(() => world?.close());

  it('refuse sign-ins, resumptions and renewals with 503, say why, and are not ready', async () => {
    await expect.poll(async () => (await second.ask(catalogPath, bearer(bob))).status, patient).toBe(503);
    expect(await second.ask(catalogPath, bearer(bob))).toMatchObject({
      headers: { 'retry-after': '5' },
      body: { code: 'shared-state-unavailable', detail: expect.stringContaining('(Redis) can’t be reached') },
    });
    expect(await second.dial(bob)).toEqual({ status: 503, code: 'shared-state-unavailable' });
    stays.send(renewal(bob));
    expect(await stays.waitForControl('renewal-refused')).toMatchObject({ code: 'shared-state-unavailable' });
    expect(await second.ask('/readyz')).toMatchObject({ status: 503, body: { ready: false } });
    expect(second.relay.problems()).toEqual(['The store that the relays share (Redis) can’t be reached.']);
  });

  it('stay in the balancer, all of them: what they share is nobody’s own fault', async () => {
    for (const node of [first, second])
      expect(await node.ask('/readyz/node')).toMatchObject({ status: 200, body: { ready: true } });
  });

  it('carry on the tunnels that are open', async () => {
    expect(await stays.request(1, getRequest('/carries-on'))).toBe(200);
  });

  it('take a sign-out at once where it arrives, and ask the provider to send it again', async () => {
    const tokens = [await world.logoutToken('alice'), await world.logoutToken('alice')] as const;
    await expect.poll(async () => (await first.ask('/readyz')).status, patient).toBe(503);
    for (const token of [tokens[0], tokens[0], tokens[1]])
      expect((await first.ask('/v1/backchannel-logout', {}, `logout_token=${token}`)).status).toBe(503);
    expect(ends.socket.readyState).toBe(ends.socket.OPEN);
  });

  it('put right what was missed when Redis is back, also with nothing in it', async () => {
    await world.restartRedis();
    expect(await ends.waitForControl('goaway')).toMatchObject({ reason: 'session-revoked' });
    await ends.closed;
    await Promise.all([untilReady(first), untilReady(second)]);
    expect((await second.ask(catalogPath, bearer(alice))).body).toMatchObject({ code: 'session-revoked' });
    expect((await second.ask(catalogPath, bearer(bob))).status).toBe(200);
    const later = await world.startNode();
    expect((await later.ask(catalogPath, bearer(alice))).body).toMatchObject({ code: 'session-revoked' });
    expect(stays.socket.readyState).toBe(stays.socket.OPEN);
    await stays.close();
  });
});

describe.runIf(redisProgram !== null)(
  'a relay without its Redis for longer than grace_seconds',
  { timeout: 180_000 },
  () => {
    let world: RelaysWorld;
    beforeAll(async () => {
      world = await startRelaysWorld({ shared_state: { grace_seconds: 1 } });
    });
    afterAll(() => world?.close());

    it('ends all tunnels, whose clients may come back when it is there again', async () => {
      const node = await world.startNode();
      const token = await world.token('alice');
      const tunnel = await node.tunnel(token);
      await world.stopRedis();
      expect(await tunnel.waitForControl('goaway')).toMatchObject({
        reason: 'drain',
        detail: 'What the relays share can’t be reached.',
      });
      await tunnel.closed;
      await world.restartRedis();
      await untilReady(node);
      await (await node.tunnel(token)).close();
    });
  },
);

function renewal(token: string): Buffer {
  return frame(frameType.control, 0, Buffer.from(JSON.stringify({ type: 'renew', token })));
}
