import { EventEmitter, once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { queryAudit } from '../../relay/audit/reading/query-audit.ts';
import { type FaultyLink, startFaultyLink } from '../support/faulty-link/start-faulty-link.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 120_000 });

let world: TunnelWorld;
let link: FaultyLink;
let client: LinkedClient;
const upstream = new EventEmitter();

beforeAll(async () => {
  world = await startTunnelWorld({
    limits: { resume_grace_seconds: 6, ping_seconds: 1 },
    answer: ({ url, request: received, response }) => {
      if (url.pathname === '/half') response.writeHead(200, { 'content-length': 10 }).write('half ');
      else if (url.pathname === '/chunks') response.writeHead(200).write('a chunk');
      else if (url.pathname !== '/hold') return false;
      received.resume();
      upstream.emit('request', response);
      return true;
    },
  });
});
afterAll(() => world.close());

beforeEach(async () => {
  link = await startFaultyLink(world.relayPort);
  client = await startLinkedClient(world, { relayPort: link.port, waitForTunnelMs: 300 });
  await client.waitForState('open');
});

afterEach(async () => {
  await client.close();
  await link.close();
});

function call(method: string, path: string, payload?: string): ClientRequest {
  const sent = request(`${client.url}${path}`, { method, agent: false });
  sent.on('error', () => undefined);
  sent.end(payload);
  return sent;
}

/** A request that the upstream has and doesn't answer. */
async function heldCall(method: string, path: string): Promise<{ sent: ClientRequest; answer: ServerResponse }> {
  const arrived = once(upstream, 'request');
  const sent = call(method, path, method === 'POST' ? 'body' : undefined);
  const [answer] = (await arrived) as [ServerResponse];
  return { sent, answer };
}

async function answerOf(sent: ClientRequest): Promise<{ response: IncomingMessage; body: string }> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { response, body: await text(response) };
}

/** Resolves with the recorded outcome of the newest request since then; the record follows the event by a batch. */
async function recordedOutcome(sinceMs: number): Promise<string> {
  for (;;) {
    const [newest] = queryAudit(world.dataDir, { sinceMs, effect: 'allow', limit: 1 });
    const outcome = newest?.outcome ?? null;
    if (outcome !== null) return outcome.outcome;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test.each(['GET', 'POST'])(
  'a relay that crashes before it answers a %s: 502 that says what is not known',
  async (method) => {
    world.echo.clear();
    const { sent } = await heldCall(method, '/hold');
    const [{ response, body }] = await Promise.all([answerOf(sent), world.crashRelay()]);
    expect(response.statusCode).toBe(502);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ code: 'outcome-unknown', status: 502 });
    expect(world.echo.requests.length).toBe(1);
  },
);

test.each(['/half', '/chunks'])(
  'a relay that crashes in the middle of %s: the answer never looks whole',
  async (path) => {
    const { sent } = await heldCall('GET', path);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await once(response, 'data');
    const [[error]] = (await Promise.all([once(response, 'error'), world.crashRelay()])) as [[Error], void];
    expect(error.message).toBe('aborted');
    expect(response.complete).toBe(false);
  },
);

test.each([
  ['answered', '/x', 200],
  ['denied', '/denied', 403],
])(
  'a keep-alive connection whose last request was %s does not notice that the relay crashed',
  async (_how, path, status) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (): Promise<{ status: number | undefined; reused: boolean }> => {
      const sent = request(`${client.url}${path}`, { agent });
      sent.end();
      const { response } = await answerOf(sent);
      return { status: response.statusCode, reused: sent.reusedSocket };
    };
    expect(await ask()).toEqual({ status, reused: false });
    const sessionId = client.states.findLast(({ status }) => status === 'open');
    await world.crashRelay();
    await client.waitForState(
      'open',
      (state) => state.status === 'open' && sessionId?.status === 'open' && state.sessionId !== sessionId.sessionId,
    );
    expect(await ask()).toEqual({ status, reused: true });
    agent.destroy();
  },
);

test('when the grace is over, a POST under way gets 502 and the audit says that its outcome is unknown', async () => {
  const sinceMs = Date.now();
  const { sent } = await heldCall('POST', '/hold');
  link.refuse = true;
  link.breakAll('cut');
  const { response, body } = await answerOf(sent);
  expect(response.statusCode).toBe(502);
  expect(JSON.parse(body)).toMatchObject({ code: 'outcome-unknown' });
  link.refuse = false;
  await client.waitForState('open');
  expect(await recordedOutcome(sinceMs)).toBe('unknown');
});

test('while the relay is away, new requests wait for a bounded time and then get 503 with Retry-After', async () => {
  link.refuse = true;
  link.breakAll('cut');
  await client.waitForState('reconnecting');
  const { response, body } = await answerOf(call('POST', '/x', 'body'));
  expect(response.statusCode).toBe(503);
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  // The link that broke, or by then the relay that doesn't answer.
  expect(JSON.parse(body)).toMatchObject({
    code: expect.stringMatching(/^(tunnel-down|relay-unreachable)$/) as string,
  });
});

test('a request that came while the relay was away is served when it is back within the wait', async () => {
  await client.close();
  client = await startLinkedClient(world, { relayPort: link.port, waitForTunnelMs: 40_000 });
  await client.waitForState('open');
  link.refuse = true;
  link.breakAll('cut');
  await client.waitForState('reconnecting');
  const answered = answerOf(call('GET', '/x'));
  await client.waitForState('reconnecting', (state) => state.status === 'reconnecting' && state.attempt >= 3);
  link.refuse = false;
  expect((await answered).response.statusCode).toBe(200);
});

test('a half-open link is found in bounded time, and the answer under way arrives whole', async () => {
  const { sent, answer } = await heldCall('GET', '/half');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  link.breakAll('silence');
  answer.end('whole');
  // Ping after 1 s of silence, 4 s for its answer, a check each second at most: nothing else would end the silence.
  await client.waitForState('reconnecting');
  expect(await text(response)).toBe('half whole');
});

test('a link that is slow is not taken for dead', async () => {
  link.delayMs = 300;
  expect((await answerOf(call('GET', '/x'))).response.statusCode).toBe(200);
  expect(link.connections).toBe(1);
});
