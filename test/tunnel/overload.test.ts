import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryAudit } from '../../relay/audit/reading/query-audit.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { getRequest, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

const mebibyte = 1_048_576;
/** One tunnel alone gets half of them. */
const maxRequests = 64;
const load = maxRequests * 10;
const upstream = new EventEmitter();
const held = new Set<ServerResponse>();
let world: TunnelWorld;
let greedy: LinkedClient;
let modest: RawTunnel;
let nextStream = 1;

beforeAll(async () => {
  world = await startTunnelWorld({
    limits: { max_requests: maxRequests, max_streams_per_tunnel: 2000 },
    answer: ({ url, response }) => {
      if (url.pathname !== '/hold') return false;
      held.add(response);
      upstream.emit('settled');
      return true;
    },
  });
  greedy = await startLinkedClient(world, { relayPort: world.relayPort });
  await greedy.waitForState('open');
  modest = await welcomedTunnel(world, 'modest');
});
afterAll(async () => {
  await modest.close();
  await greedy.close();
  await world.close();
});

function relayMemory(): number {
  const status = readFileSync(`/proc/${world.relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/u.exec(status)?.[1]) * 1024;
}

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

async function call(path: string, agent: Agent | false = false): Promise<Answer> {
  const sent = request(`${greedy.url}${path}`, { agent });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, retryAfter: response.headers['retry-after'], body: await text(response) };
}

async function modestCall(): Promise<number> {
  nextStream += 1;
  const status = await modest.request(nextStream, getRequest('/quick'));
  modest.acknowledge();
  return status;
}

test('of ten times what the relay takes, the rest is refused early; others go on, and it recovers', async () => {
  const before = relayMemory();
  const answers: Answer[] = [];
  const calls = Array.from({ length: load }, async () => {
    const answer = await call('/hold');
    answers.push(answer);
    upstream.emit('settled');
  });
  const taken = maxRequests / 2;
  while (answers.length + held.size < load) await once(upstream, 'settled');
  expect(held.size).toBe(taken);
  for (const { status, retryAfter, body } of answers) {
    expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' });
    expect(JSON.parse(body)).toMatchObject({ code: 'overloaded' });
  }
  for (let count = 0; count < 20; count += 1) expect(await modestCall()).toBe(200);
  expect(relayMemory() - before).toBeLessThan(96 * mebibyte);

  answers.length = 0;
  for (const response of held) response.end('late');
  held.clear();
  await Promise.all(calls);
  expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(
    Array.from({ length: taken }, () => '200 late'),
  );
  // What has been answered may be on its way out still.
  await expect
    .poll(async () => {
      const again = await Promise.all(Array.from({ length: taken }, async () => call('/quick')));
      return new Set(again.map(({ status }) => status));
    })
    .toEqual(new Set([200]));
}, 180_000);

test('what was refused is in the audit as refused, and never reached the upstream', async () => {
  world.echo.clear();
  const refused: Answer[] = [];
  const calls = Array.from({ length: maxRequests }, async () => {
    const answer = await call('/hold');
    if (answer.status === 503) refused.push(answer);
    upstream.emit('settled');
    return answer;
  });
  // Requests of before may be on their way out still, so that a few less are taken.
  while (refused.length + held.size < maxRequests) await once(upstream, 'settled');
  const { requestId } = JSON.parse(refused[0]?.body ?? '') as { requestId: string };
  const [entry] = queryAudit(world.dataDir, { limit: 200 }).filter(
    ({ record }) => record.type === 'decision' && record.requestId === requestId,
  );
  expect(entry?.record).toMatchObject({ effect: 'deny', rule: null, path: '/hold' });
  for (const response of held) response.end();
  held.clear();
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBe(world.echo.requests.length);
});

test('a flood over many connections gets 200 or 503 and nothing else, and a quiet caller is served throughout', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const statuses = new Map<number | undefined, number>();
  let left = 4000;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { status } = await call('/quick', agent);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const flood = Promise.all(Array.from({ length: 256 }, caller));
  let quiet = 0;
  while (left > 0) {
    expect(await modestCall()).toBe(200);
    quiet += 1;
  }
  await flood;
  agent.destroy();
  expect([...statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(statuses.get(200)).toBeGreaterThan(0);
  expect(quiet).toBeGreaterThan(0);
}, 180_000);
