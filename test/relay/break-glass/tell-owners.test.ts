import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { emergenciesInRedis } from '../../../relay/break-glass/emergencies-in-redis.ts';
import { emergencySignInOf, isTold } from '../../../relay/break-glass/tell-owners.ts';
import { adminSchema } from '../../../relay/config/admin-schema.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { openRedisSessionStore } from '../../../relay/sessions/redis-session-store.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { connectRedis } from '../../../relay/shared-state/redis-connection.ts';
import { redisSettings } from '../../../relay/shared-state/redis-settings.ts';
import { relayControlSchema } from '../../../shared/tunnel/control-message.ts';
import { redisProgram } from '../../support/start-redis.ts';
import type { Frame, RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { type RelayNode, type RelaysWorld, startRelaysWorld } from '../shared-state/relays-world.ts';

const roles = { viewer: ['all'], auditor: ['auditors'], operator: ['ops'], owner: ['security'] };
const admin = adminSchema.parse({ roles });

describe('who hears of an emergency sign-in', () => {
  it.each<[string, 'person' | 'service', readonly string[], boolean]>([
    ['somebody without a role', 'person', ['developers'], false],
    ['somebody without groups', 'person', [], false],
    ['a viewer, auditor and operator', 'person', ['all', 'auditors', 'ops'], false],
    ['a group that is only called alike', 'person', ['Security', 'security '], false],
    ['a service that has the group', 'service', ['security'], false],
    ['an owner', 'person', ['all', 'security'], true],
  ])('%s', (_who, kind, groups, told) => {
    expect(isTold({ admin }, { kind, groups })).toBe(told);
    expect(isTold({ admin: undefined }, { kind, groups })).toBe(false);
  });
});

const kim = { subject: 'kim', signedInAtMs: 1_700_000_000_000, sinceMs: 1_700_000_005_900 };

it.each([
  ['another issuer’s person of the same name', 'https://sso.example', null],
  ['another relay’s', 'https://other.example/break-glass', null],
  ['one of this relay’s accounts', 'https://relay.example/break-glass', { account: 'kim', atMs: kim.signedInAtMs }],
])('a session tells of an emergency sign-in: %s', (_whose, issuer, told) => {
  expect(emergencySignInOf('https://relay.example/break-glass', { ...kim, issuer })).toEqual(told);
});

it('an app takes a message that says more than it knows', () => {
  const known = { type: 'activity', entries: [], leftOut: {} };
  expect(relayControlSchema.parse({ ...known, saidByALaterRelay: { account: 'kim' } })).toEqual(known);
});

describe.runIf(redisProgram !== null)('relays that share a Redis', { timeout: 120_000 }, () => {
  let world: RelaysWorld;
  let node: RelayNode;

  beforeAll(async () => {
    world = await startRelaysWorld({
      admin: { roles: { owner: ['relay-admins'] } },
      break_glass: { accounts: [{ name: 'kim', groups: ['keepers'], sign_in: 'passphrase' }] },
    });
    node = await world.startNode();
  });
  afterAll(() => world?.close());

  it('tell owners, and nobody else, of who signed in at another', async () => {
    const [owner, other] = [
      await node.tunnel(await world.token('dana')),
      await node.tunnel(await world.token('alice')),
    ];
    const { config } = await loadConfig(node.configPath);
    const settings = redisSettings(config);
    if (settings === undefined) throw new Error('no Redis in the config');
    const redis = connectRedis(settings, pino({ level: 'silent' }));
    onTestFinished(() => redis.close());
    const issuer = `${world.relayUrl}/break-glass`;
    // What another relay keeps, first of an account of the company’s provider that only looks alike.
    const sessions = openRedisSessionStore(redis);
    await redis.untilReady();
    await sessions.put([sessionOf({ id: 's1', issuer: world.idp.issuer })]);
    await sessions.put([sessionOf({ id: 's2', issuer })]);
    const { payload } = await owner.waitFor(tells);
    expect(JSON.parse(payload.toString())).toMatchObject({
      emergencySignIn: { account: 'kim', atMs: kim.signedInAtMs },
    });
    expect([owner, other].map((tunnel: RawTunnel) => tunnel.frames.filter(tells).length)).toEqual([1, 0]);
    // As another relay tells of it at once, whatever the account goes on to open.
    await emergenciesInRedis(redis, pino({ level: 'silent' })).tell({ account: 'pat', atMs: kim.signedInAtMs });
    await owner.waitFor((frame) => tells(frame) && frame.payload.includes('pat'));
    const invited = { account: 'sam', atMs: kim.signedInAtMs, by: 'mia (console)' };
    await emergenciesInRedis(redis, pino({ level: 'silent' })).tell(invited);
    const told = await owner.waitFor((frame) => tells(frame) && frame.payload.includes('sam'));
    expect(JSON.parse(told.payload.toString())).toMatchObject({ emergencyInvitation: invited });
    // An app of before knows no such thing, and mustn’t take it for a sign-in.
    expect(JSON.parse(told.payload.toString())).not.toHaveProperty('emergencySignIn');
    expect(other.frames.filter(tells)).toEqual([]);
  });
});

function tells({ payload }: Frame): boolean {
  return payload.includes('emergencySignIn') || payload.includes('emergencyInvitation');
}

function sessionOf(who: Pick<SessionRecord, 'id' | 'issuer'>): SessionRecord {
  return {
    ...kim,
    ...who,
    kind: 'person',
    provider: 'Break-glass',
    username: 'kim',
    device: { name: 'laptop', system: 'linux', appVersion: '1.0.0' },
    acr: null,
    binding: 'key',
    tokenId: null,
    issuedAtMs: null,
    lastUsedAtMs: kim.sinceMs,
    addresses: {},
    apis: {},
    tunnels: { other: { count: 1, seenAtMs: kim.sinceMs } },
  };
}
