import type { Relay } from '../../../relay/start/relay.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { tunnelProtocol } from '../../../shared/tunnel/protocol.ts';
import { freePort } from '../../support/free-port.ts';
import { startIdp, type Idp } from '../../support/idp/start-idp.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { control, hello, RawTunnel } from '../../tunnel/support/raw-tunnel.ts';

const minuteMs = 60_000;
/** Keys are fresh for ten minutes, then stale for as long as the config says. */
const freshMs = 10 * minuteMs;

interface World {
  readonly relayUrl: string;
  readonly idp: Idp;
  readonly clock: ManualClock;
  readonly relay: Pick<Relay, 'problems'>;
}

/** A relay whose sign-ins go by a clock of the test, a provider that can be down, and an API. */
async function setUp(maxStaleSeconds: number): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-outage-'));
  const closers: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  onTestFinished(async () => {
    for (const closer of closers.toReversed()) await closer();
  });
  const port = await freePort();
  const relayUrl = `http://127.0.0.1:${port}`;
  const clock = createManualClock(Date.now());
  const idp = await startIdp({ audience: relayUrl, accessTokenSeconds: 8 * 3600, now: clock.now });
  closers.push(() => idp.close());
  const api = createServer((_request, response) => response.end('an answer'));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    api.closeAllConnections();
    api.close();
  });
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const path = join(dir, 'relay.yaml');
  const config = {
    relay: {
      name: 'Test',
      url: relayUrl,
      listen: { host: '127.0.0.1', port },
      data: join(dir, 'data'),
      drain_seconds: 0,
    },
    issuers: [
      {
        name: 'Acme',
        issuer: idp.issuer,
        client_id: idp.clientId,
        audience: relayUrl,
        max_stale_keys_seconds: maxStaleSeconds,
      },
    ],
    apis: [{ id: 'echo', name: 'Echo', upstream, rules: [{ name: 'all', groups: ['*'] }] }],
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  const relay = await startRelay(await loadConfig(path), pino({ level: 'silent' }), clock);
  closers.push(() => relay.close());
  return { relayUrl, relay, idp, clock };
}

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly detail: string;
  readonly type: string;
  readonly retryAfter: string | undefined;
}

const accepted = { status: 200 };

/** What the catalog answers to this token. */
async function catalog({ relayUrl }: World, token: string): Promise<Answer> {
  const response = await fetch(`${relayUrl}/v1/catalog`, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as { code?: string; detail?: string };
  return {
    status: response.status,
    code: body.code,
    detail: body.detail ?? '',
    type: response.headers.get('content-type') ?? '',
    retryAfter: response.headers.get('retry-after') ?? undefined,
  };
}

function dial({ relayUrl }: World, token: string): WebSocket {
  return new WebSocket(`${relayUrl.replace('http', 'ws')}/v1/tunnel`, [tunnelProtocol], {
    perMessageDeflate: false,
    headers: { Authorization: `Bearer ${token}` },
  });
}

async function openTunnel(world: World, token: string): Promise<RawTunnel> {
  const socket = dial(world, token);
  const tunnel = new RawTunnel(socket);
  onTestFinished(() => socket.terminate());
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  tunnel.send(hello);
  await tunnel.waitForControl('welcome');
  return tunnel;
}

/** How the relay refuses to open a tunnel with this token. */
async function refusedTunnel(world: World, token: string): Promise<Answer> {
  const socket = dial(world, token);
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('The tunnel has opened.')));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        const { code, detail = '' } = JSON.parse(text) as { code?: string; detail?: string };
        const { 'content-type': type = '', 'retry-after': retryAfter } = response.headers;
        resolve({ status: response.statusCode ?? 0, code, detail, type, retryAfter });
        socket.terminate();
      });
    });
  });
}

/** 503 as RFC 9457 and RFC 9110 §10.2.3 have it, with the cause in words. */
function expectUnavailable(answer: Answer, says: RegExp): void {
  expect(answer).toMatchObject({ status: 503, code: 'idp-unreachable', type: 'application/problem+json' });
  expect(answer.detail).toMatch(says);
  expect(Number(answer.retryAfter)).toBeGreaterThan(0);
}

const cause = /Acme \(http:\/\/127\.0\.0\.1:\d+\): .*(?:ECONNREFUSED|503)/;

describe('while the identity provider is down', () => {
  it.each(['refuse', 'error'] as const)(
    'for an hour (%s), people with valid tokens go on, sign-ins with new keys get 503 with the cause, and all is well when it is back',
    async (availability) => {
      const world = await setUp(24 * 3600);
      const { clock, idp } = world;
      const before = await idp.mintAccessToken({ user: 'alice' });
      expect(await catalog(world, before)).toMatchObject(accepted);
      const tunnel = await openTunnel(world, before);
      expect(await tunnel.request(3)).toBe(200);

      await idp.setAvailability(availability);
      await clock.advance(60 * minuteMs);
      const during = await idp.mintAccessToken({ user: 'alice' });
      await idp.rotateKeys();
      const byNewKey = await idp.mintAccessToken({ user: 'bob' });

      expect(await tunnel.request(5)).toBe(200);
      expect(await catalog(world, before)).toMatchObject(accepted);
      expect(await catalog(world, during)).toMatchObject(accepted);
      expect(await (await openTunnel(world, during)).request(3)).toBe(200);
      expectUnavailable(await catalog(world, byNewKey), cause);
      expectUnavailable(await refusedTunnel(world, byNewKey), cause);
      // What is wrong for sure stays wrong.
      expect(await catalog(world, `${during.slice(0, -8)}AAAAAAAA`)).toMatchObject({
        status: 401,
        code: 'token-rejected',
      });
      expect((await fetch(`${world.relayUrl}/readyz`)).status).toBe(200);

      await idp.setAvailability('up');
      await clock.advance(minuteMs);
      expect(await catalog(world, byNewKey)).toMatchObject(accepted);
      expect(await (await openTunnel(world, byNewKey)).request(3)).toBe(200);
      expect(await tunnel.request(7)).toBe(200);
    },
  );

  it('longer than the config allows, valid tokens too get 503, open tunnels last, and recovery needs no restart', async () => {
    const world = await setUp(3600);
    const { clock, idp } = world;
    const token = await idp.mintAccessToken({ user: 'alice' });
    const tunnel = await openTunnel(world, token);
    await idp.setAvailability('refuse');

    await clock.advance(3600_000);
    expect(await catalog(world, token)).toMatchObject(accepted);
    // The last fetch may have been up to five minutes later than the first.
    await clock.advance(freshMs + 5 * minuteMs);
    expectUnavailable(await catalog(world, token), cause);
    expectUnavailable(await refusedTunnel(world, token), cause);
    const ready = await fetch(`${world.relayUrl}/readyz`);
    expect({ status: ready.status, body: await ready.json() }).toEqual({ status: 503, body: { ready: false } });
    expect(world.relay.problems()).toEqual([expect.stringMatching(cause)]);
    expect((await fetch(`${world.relayUrl}/readyz/node`)).status).toBe(200);

    // What was open stays open; it can’t be renewed until the provider is back, and the client is told why.
    expect(await tunnel.request(3)).toBe(200);
    tunnel.send(control({ type: 'renew', token: await idp.mintAccessToken({ user: 'alice' }) }));
    expect(await tunnel.waitForControl('renewal-refused')).toMatchObject({ code: 'idp-unreachable' });
    expect(await tunnel.request(5)).toBe(200);

    await idp.setAvailability('up');
    await clock.advance(minuteMs);
    expect(await catalog(world, token)).toMatchObject(accepted);
    expect((await fetch(`${world.relayUrl}/readyz`)).status).toBe(200);
    tunnel.send(control({ type: 'renew', token: await idp.mintAccessToken({ user: 'alice' }) }));
    await tunnel.waitForControl('renewed');
  });

  it('the relay keeps its pauses between attempts, also when it is asked for new keys all the time', async () => {
    const { clock, idp, ...world } = await setUp(24 * 3600);
    let asked = 0;
    const { port } = idp;
    await idp.setAvailability('refuse');
    const down = createServer((_request, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    await new Promise<void>((resolve) => down.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      down.closeAllConnections();
      down.close();
    });
    await idp.rotateKeys();
    const token = await idp.mintAccessToken({ user: 'alice' });
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.advance(minuteMs);
      for (let call = 0; call < 3; call += 1) expectUnavailable(await catalog({ ...world, clock, idp }, token), /503/);
    }
    // A full-jitter pause of at most 30 s is 15 s on average.
    expect(asked).toBeGreaterThan(60);
    expect(asked).toBeLessThan(600);
  });
});
