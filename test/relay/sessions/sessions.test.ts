import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { sessionLine, sessionsCommand, type SessionsCommandOptions } from '../../../relay/commands/sessions.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { ShownSession } from '../../../relay/sessions/find-sessions.ts';
import { redisSettings } from '../../../relay/shared-state/redis-settings.ts';
import { mergeSessions, openTunnels, type SessionRecord } from '../../../relay/sessions/session-record.ts';
import { redisProgram } from '../../support/start-redis.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { type RelaysWorld, startRelaysWorld } from '../shared-state/relays-world.ts';

const patient = { timeout: 10_000, interval: 50 };
const startMs = 1_700_000_000_000;
const known: SessionRecord = {
  id: 's1',
  kind: 'person',
  issuer: 'https://idp.example',
  provider: 'Example',
  subject: 'u-1',
  username: 'alice',
  device: { id: 'd1', name: 'laptop', system: 'linux', appVersion: '1.0.0' },
  acr: null,
  signedInAtMs: null,
  binding: 'key',
  tokenId: 't1',
  issuedAtMs: startMs,
  sinceMs: startMs,
  lastUsedAtMs: startMs,
  addresses: { '10.0.0.1': startMs },
  apis: { orders: startMs },
  tunnels: { p1: { count: 1, seenAtMs: startMs } },
};

describe('what two processes know of a session', () => {
  it('is known together, whoever says it first', () => {
    const told: SessionRecord = {
      ...known,
      device: { ...known.device, appVersion: '1.1.0', attributes: { asset: 'PC-2' } },
      issuedAtMs: startMs + 9,
      sinceMs: startMs + 9,
      lastUsedAtMs: startMs + 9,
      addresses: { '10.0.0.2': startMs + 9 },
      apis: { orders: startMs + 5, files: startMs + 9 },
      tunnels: { p2: { count: 2, seenAtMs: startMs + 9 } },
    };
    const merged = mergeSessions(known, told);
    expect(mergeSessions(told, known)).toEqual(merged);
    expect(merged).toMatchObject({
      device: { appVersion: '1.1.0', attributes: { asset: 'PC-2' } },
      sinceMs: startMs,
      lastUsedAtMs: startMs + 9,
      addresses: { '10.0.0.1': startMs, '10.0.0.2': startMs + 9 },
      apis: { orders: startMs + 5, files: startMs + 9 },
    });
    expect(openTunnels(merged, startMs + 10)).toBe(3);
  });

  it('doesn’t count tunnels of a process that is silent, and keeps only the last of many addresses', () => {
    expect(openTunnels(known, startMs + 200_000)).toBe(0);
    const addresses = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`10.1.0.${index}`, startMs + index]),
    );
    const merged = mergeSessions(known, { ...known, addresses });
    expect(Object.keys(merged.addresses)).toHaveLength(20);
    expect(merged.addresses).toHaveProperty(['10.1.0.49']);
  });
});

const pose = 'x)  since 2020-01-01T00:00:00.000Z, in use now, from 10.0.0.1, used no API; 9 open tunnels';
it.each<[what: string, device: Partial<SessionRecord['device']>, chosenName: string | null, said: string]>([
  ['a value', { attributes: { asset: pose } }, null, `says of itself "asset"="${pose}"`],
  [
    'a value with quotes',
    { attributes: { asset: '1", "managed"="yes' } },
    null,
    String.raw`"asset"="1\", \"managed\"=\"yes"`,
  ],
  [
    'the name of a fact',
    { attributes: { 'asset"="1", "managed': 'no' } },
    null,
    String.raw`"asset\"=\"1\", \"managed"="no"`,
  ],
  ['a name', { name: pose }, null, `"${pose}"`],
  ['a chosen name', {}, pose, `"${pose}" ("laptop")`],
  ['a system', { system: pose }, null, `"${pose}"`],
  ['a version', { appVersion: pose }, null, `Causeway "${pose}"`],
])('%s can’t pose as the rest of a session’s line', (_what, device, chosenName, said) => {
  const { tunnels: _tunnels, ...session } = { ...known, chosenName, ended: null, openTunnels: 1 };
  const line = sessionLine({ ...session, device: { ...known.device, ...device } }, startMs);
  expect(line).toContain(said);
  // Without what stands in quotes there is one of each, and the rest is the relay’s.
  const own = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '…');
  expect(own).toMatch(
    /^s1 {2}alice \(Example\) {2}… ?(?:\(…\))?, …, Causeway …(?:, says of itself …=…)? {2}since 2023-11-14T22:13:20.000Z, in use now, from 10\.0\.0\.1, used orders; 1 open tunnel$/,
  );
});

async function run(
  configPath: string,
  action: SessionsCommandOptions['action'],
): Promise<{ code: number; output: string; sessions: readonly ShownSession[] }> {
  const { config } = await loadConfig(configPath);
  let output = '';
  const write = (text: string): void => void (output += text);
  const code = await sessionsCommand({ config, redis: redisSettings(config), action, json: true, write });
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return { code, output, sessions: lines.map((line) => JSON.parse(line) as ShownSession) };
}

describe('relay sessions', () => {
  let echo: EchoUpstream;
  let world: PipelineWorld;

  beforeAll(async () => {
    echo = await startEcho();
    const apis = [
      { id: 'orders', name: 'Orders', upstream: echo.url },
      { id: 'files', name: 'Files', upstream: echo.url },
    ];
    world = await startPipelineWorld({ apis });
    await fetch(`http://127.0.0.1:${world.port('orders')}/x`);
  });
  afterAll(async () => {
    await world?.close();
    await echo?.close();
  });
  const list = (filter: SessionsCommandOptions['action']['filter'] = {}, all = false) =>
    run(world.configPath, { type: 'list', filter, all });

  it('has what is known of a session, soon after it began', async () => {
    await vi.waitFor(async () => expect((await list({ api: 'orders' })).sessions).toHaveLength(1), patient);
    const [session] = (await list()).sessions;
    expect(session).toMatchObject({
      kind: 'person',
      username: 'alice',
      provider: 'Example Company',
      device: { id: expect.stringMatching(/^[\w-]{16}$/), name: 'headless', appVersion: '0.1.0' },
      openTunnels: 1,
      ended: null,
    });
    expect(Object.keys(session?.apis ?? {})).toEqual(['orders']);
    expect(Object.keys(session?.addresses ?? {})).toEqual([expect.stringContaining('127.0.0.1')]);
    expect(JSON.stringify(session)).not.toContain('tokenId');
  });

  it.each<[string, SessionsCommandOptions['action'], string]>([
    [
      'a person who was never here',
      { type: 'list', filter: { person: 'alic' }, all: false },
      'No session is of “alic”',
    ],
    ['a device that there isn’t', { type: 'list', filter: { device: 'd9' }, all: false }, 'on the device “d9”'],
    ['a version that nobody has', { type: 'list', filter: { appVersion: '9.9' }, all: false }, 'of version “9.9”'],
    ['an address that nobody had', { type: 'list', filter: { address: '::9' }, all: false }, 'came from “::9”'],
    ['an API that there isn’t', { type: 'list', filter: { api: 'order' }, all: false }, 'no API “order”'],
    ['an API that nobody used', { type: 'list', filter: { api: 'files' }, all: false }, 'has used “files”'],
    ['an id that there isn’t', { type: 'end', filter: { session: 's9' }, reason: 'r' }, 'has the id “s9”'],
    ['an end of all sessions at once', { type: 'end', filter: {}, reason: 'r' }, 'which sessions'],
    ['an end without a reason', { type: 'end', filter: { person: 'alice' }, reason: ' ' }, 'reason is empty'],
  ])('refuses %s', async (_what, action, words) => {
    const { code, output } = await run(world.configPath, action);
    expect([code, output]).toEqual([2, expect.stringContaining(words)]);
    expect((await list({ person: 'ALICE' })).sessions).toHaveLength(1);
  });

  it('ends a session: its tunnel closes with the reason, its tokens don’t count, and the audit says who did it', async () => {
    const [session] = (await list()).sessions;
    const filter = { session: session?.id ?? '', person: 'alice', device: 'headless', appVersion: '0.1.0' };
    const { code, sessions } = await run(world.configPath, { type: 'end', filter, reason: 'Laptop sold' });
    expect([code, sessions]).toMatchObject([0, [{ ended: { reason: 'Laptop sold' } }]]);
    const problem = await world.client.waitFor('the end', (snapshot) => {
      const signIn = snapshot.profiles.find(({ id }) => id === world.profileId)?.signIn;
      return signIn !== undefined && 'problem' in signIn ? (signIn.problem ?? null) : null;
    });
    expect(problem).toMatchObject({
      code: 'session-revoked',
      detail: expect.stringContaining('An administrator has ended this session: Laptop sold'),
    });
    expect((await list()).sessions).toEqual([]);
    await vi.waitFor(async () => expect((await list({}, true)).sessions).toMatchObject([{ openTunnels: 0 }]), patient);
    const [act] = queryAudit(world.dataDir, { limit: 100 })
      .map(({ record }) => record)
      .filter((record) => record.type === 'lock');
    expect(act).toMatchObject({ event: 'session-ended', reason: 'Laptop sold', target: `the session ${session?.id}` });
  });

  it('lets the person sign in again, which is another session or goes on with the same device', async () => {
    await world.client.signIn(world.relayUrl);
    await vi.waitFor(async () => expect((await list({ person: 'alice' })).sessions).toHaveLength(1), patient);
  });
});

describe.runIf(redisProgram !== null)('sessions of relays that share a Redis', { timeout: 60_000 }, () => {
  let world: RelaysWorld;
  beforeAll(async () => {
    world = await startRelaysWorld();
  });
  afterAll(() => world?.close());

  it('are known at each, and end at each', async () => {
    const [first, second] = await Promise.all([world.startNode(), world.startNode()]);
    const signedInBy = { acr: 'mfa', amr: ['pwd', 'otp', 7, 'a\nb', 'x'.repeat(65)] };
    const tunnel = await second.tunnel(await world.token('alice', { cnf: undefined, ...signedInBy }));
    const filter = { person: 'alice' };
    await vi.waitFor(async () => {
      const { sessions } = await run(first.configPath, { type: 'list', filter, all: false });
      expect(sessions).toMatchObject([{ acr: 'mfa', amr: ['pwd', 'otp'] }]);
    }, patient);
    expect((await run(first.configPath, { type: 'end', filter, reason: 'Incident' })).code).toBe(0);
    expect(await tunnel.waitForControl('goaway')).toMatchObject({
      reason: 'session-revoked',
      detail: 'An administrator has ended this session: Incident',
    });
    await tunnel.closed;
  });
});
