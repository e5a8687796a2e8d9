import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { queryAudit } from '../../relay/audit/reading/query-audit.ts';
import type { ConfigInput } from '../support/demo-config.ts';
import { startFaultyLink } from '../support/faulty-link/start-faulty-link.ts';
import { freePort } from '../support/free-port.ts';
import { type RelayProcess, startRelayProcess } from '../support/start-relay-process.ts';
import { type FailoverFront, startFailoverFront } from './support/failover-front.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { countsOf, type LongAnswers, makeLongAnswers } from './support/long-answers.ts';
import { call } from './support/long-calls.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** Far more than the tests take: whatever waits for the end of it fails. */
const drainSeconds = 3600;
let front: FailoverFront;
let world: TunnelWorld;
let second: { readonly relay: RelayProcess; readonly port: number; readonly dataDir: string };
let answers: LongAnswers;
let client: LinkedClient;

/** Another relay with the same configuration, which keeps what it knows in a folder of its own. */
async function startSecondRelay(config: ConfigInput): Promise<typeof second> {
  const folder = dirname(world.dataDir);
  const port = await freePort();
  const configPath = join(folder, 'relay-2.yaml');
  const relay = { ...config.relay, listen: { host: '127.0.0.1', port }, data: 'data-2' };
  writeFileSync(configPath, stringify({ ...config, relay }), { mode: 0o600 });
  const started = await startRelayProcess({ configPath, readyTimeoutMs: 90_000 });
  return { relay: started, port, dataDir: join(folder, 'data-2') };
}

const pathsAt = (dataDir: string): readonly string[] =>
  queryAudit(dataDir, { limit: 10_000 }).flatMap(({ record }) => (record.type === 'decision' ? [record.path] : []));

/** Resolves with the session of a tunnel that is open and isn’t about to be left. */
async function settledSession(isOther: (sessionId: string) => boolean = () => true): Promise<string> {
  const fits = (state: LinkedClient['states'][number]): boolean =>
    state.status === 'open' && state.draining !== true && isOther(state.sessionId);
  const state = await client.waitForState('open', fits);
  return state.status === 'open' ? state.sessionId : '';
}

beforeAll(async () => {
  front = await startFailoverFront();
});
afterAll(() => front.close());

beforeEach(async () => {
  answers = makeLongAnswers();
  let config: ConfigInput | undefined;
  world = await startTunnelWorld({
    answer: answers.answer,
    configure: (usual) => {
      const url = `https://127.0.0.1:${front.port}`;
      config = { ...usual, relay: { ...usual.relay, url, drain_seconds: drainSeconds } };
      return config;
    },
  });
  if (config === undefined) throw new Error('The world has no configuration.');
  second = await startSecondRelay(config);
  front.relays = [world.relayPort, second.port];
  client = await startLinkedClient(world, { relayPort: front.port });
});
afterEach(async () => {
  await client.close();
  await second.relay.stop();
  await world.close();
});

test('a relay that drains finishes what it has begun, and all else goes on at another one', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await settledSession();
  const idle = await call(`${client.url}/idle/before`, { agent });
  const slow = call(`${client.url}/held/slow`, { body: 'slow' });
  await expect.poll(() => countsOf(world.echo, ['/held/slow'])).toEqual({ '/held/slow': 1 });

  // Somebody calls all the while, over a new connection each time.
  const moving: string[] = [];
  const statuses: number[] = [];
  let moved = false;
  const passersBy = (async () => {
    do {
      const path = `/passing/${moving.length}`;
      moving.push(path);
      statuses.push((await call(`${client.url}${path}`, { body: path })).status);
    } while (!moved || moving.length < 5);
  })();
  await expect.poll(() => moving.length).toBeGreaterThan(2);

  const stopped = world.relay.stop(drainSeconds * 1000);
  const next = await settledSession((sessionId) => sessionId !== first);
  const fresh = await call(`${client.url}/new`, { body: 'new' });
  const after = await call(`${client.url}/idle/after`, { agent });
  moved = true;
  await passersBy;
  expect([fresh.status, after.status]).toEqual([200, 200]);
  expect(after.socket).toBe(idle.socket);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(client.states).toContainEqual(expect.objectContaining({ sessionId: first, draining: true }));

  // The slow request holds the relay, and nothing else does.
  expect(world.relay.log.some(({ msg }) => msg === 'relay stopped')).toBe(false);
  answers.release('/held/slow');
  expect(await slow).toMatchObject({ status: 200, body: expect.stringContaining('"slow"') as string });
  expect(await stopped).toBe(0);

  expect((await call(`${client.url}/idle/at-last`, { agent })).socket).toBe(idle.socket);
  agent.destroy();

  expect(client.states.map(({ status }) => status)).not.toContain('reconnecting');
  expect(await settledSession()).toBe(next);
  expect(front.connections.map(({ port }) => port)).toEqual([world.relayPort, second.port]);
  const all = ['/idle/before', '/held/slow', ...moving, '/new', '/idle/after', '/idle/at-last'];
  expect(countsOf(world.echo, all)).toEqual(Object.fromEntries(all.map((path) => [path, 1])));
  expect(pathsAt(world.dataDir)).toEqual(expect.arrayContaining(['/idle/before', '/held/slow']));
  expect(pathsAt(second.dataDir)).toEqual(expect.arrayContaining(['/new', '/idle/after', '/idle/at-last']));
  expect(pathsAt(second.dataDir)).not.toContain('/held/slow');
});

test('a relay that nobody asks anything of stops at once, and idle connections go on at another one', async () => {
  const agents = Array.from({ length: 5 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const first = await settledSession();
  const before = await Promise.all(agents.map((agent) => call(`${client.url}/before`, { agent })));
  // Behind its outcome a request is over for the relay: the connections are idle.
  await expect.poll(() => queryAudit(world.dataDir, { limit: 10 }).filter(({ outcome }) => outcome).length).toBe(5);
  expect(await world.relay.stop()).toBe(0);
  await settledSession((sessionId) => sessionId !== first);
  const after = await Promise.all(agents.map((agent) => call(`${client.url}/after`, { agent, body: 'after' })));
  expect(after.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(after.map(({ socket }) => socket)).toEqual(before.map(({ socket }) => socket));
  expect(countsOf(world.echo, ['/before', '/after'])).toEqual({ '/before': 5, '/after': 5 });
  expect(pathsAt(second.dataDir).filter((path) => path === '/after')).toHaveLength(5);
  for (const agent of agents) agent.destroy();
});

test('callers that go on over their connections all the while lose no request', async () => {
  // A round trip as over a wide area: requests are on their way when the relay drains.
  const far = await startFaultyLink(front.port);
  onTestFinished(() => far.close());
  far.delayMs = 20;
  const distant = await startLinkedClient(world, { relayPort: far.port });
  onTestFinished(() => distant.close());
  await distant.waitForState('open');
  const paths: string[] = [];
  const outcomes: string[] = [];
  const sockets = new Set<unknown>();
  let over = false;
  const callers = Array.from({ length: 8 }, async (_none, number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; !over; count += 1) {
      const path = `/caller/${number}/${count}`;
      paths.push(path);
      const { status, body, socket } = await call(`${distant.url}${path}`, { agent, body: path });
      sockets.add(socket);
      outcomes.push(status === 200 ? '200' : body);
    }
    agent.destroy();
  });
  await expect.poll(() => outcomes.length).toBeGreaterThan(50);
  expect(await world.relay.stop(drainSeconds * 1000)).toBe(0);
  const atEnd = outcomes.length;
  await expect.poll(() => outcomes.length).toBeGreaterThan(atEnd + 50);
  over = true;
  await Promise.all(callers);
  expect([...new Set(outcomes)]).toEqual(['200']);
  expect(sockets.size, 'connections of the callers').toBe(callers.length);
  expect(countsOf(world.echo, paths)).toEqual(Object.fromEntries(paths.map((path) => [path, 1])));
});
