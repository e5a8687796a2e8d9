import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ConfigInput } from '../support/demo-config.ts';
import { deterministicDigest } from '../support/upstreams/deterministic-bytes.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { countsOf, downloadBytes, type LongAnswers, makeLongAnswers } from './support/long-answers.ts';
import { call, readEvents, startDownload } from './support/long-calls.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const whole = { bytes: downloadBytes, sha256: deterministicDigest(downloadBytes) };

/** A world whose relay can be frozen as a whole: no connection breaks, and nothing is answered. */
function startFreezable(answers: LongAnswers, limits: ConfigInput['limits']): Promise<TunnelWorld> {
  return startTunnelWorld({ answer: answers.answer, limits, workers: 1 });
}

const usualBackoff = { firstMs: 500, longestMs: 30_000, jitter: 1, stableAfterMs: 60_000 };

async function sessionOf(client: LinkedClient): Promise<string> {
  const state = await client.waitForState('open');
  return state.status === 'open' ? state.sessionId : '';
}

describe.runIf(process.platform !== 'win32')('while the relay’s process is frozen', () => {
  describe('for less long than it remembers tunnels', () => {
    let answers: LongAnswers;
    let world: TunnelWorld;
    let client: LinkedClient;

    beforeAll(async () => {
      answers = makeLongAnswers();
      world = await startFreezable(answers, { resume_grace_seconds: 3600 });
    });
    afterAll(() => world.close());

    beforeEach(async () => {
      client = await startLinkedClient(world, { relayPort: world.relayPort, backoff: usualBackoff });
    });
    afterEach(async () => {
      world.relay.signal('SIGCONT');
      await client.close();
      world.echo.clear();
    });

    test('for a moment, calls only take longer', async () => {
      const session = await sessionOf(client);
      const before = call(`${client.url}/held/moment`, { body: 'before' });
      await expect.poll(() => countsOf(world.echo, ['/held/moment'])).toEqual({ '/held/moment': 1 });
      const download = await startDownload(`${client.url}/download`);
      const events = await readEvents(`${client.url}/events`);
      answers.sendEvent(1);
      await expect.poll(() => events.numbers).toEqual([1]);

      world.relay.signal('SIGSTOP');
      const during = call(`${client.url}/during-moment`, { body: 'during' });
      answers.sendEvent(2);
      answers.release('/held/moment');
      const finished = download.finish();
      // Less than the client takes to doubt the link.
      await pause(1500);
      world.relay.signal('SIGCONT');

      expect(await before).toMatchObject({ status: 200 });
      expect(await during).toMatchObject({ status: 200 });
      answers.sendEvent(3);
      answers.endEvents();
      await events.ended;
      expect(events.numbers).toEqual([1, 2, 3]);
      expect(await finished).toEqual(whole);
      expect(await sessionOf(client)).toBe(session);
      const all = ['/held/moment', '/during-moment', '/download', '/events'];
      expect(countsOf(world.echo, all)).toEqual(Object.fromEntries(all.map((path) => [path, 1])));
    });

    test('the client notices, new requests wait and then get 503, and all that was under way goes on', async () => {
      const session = await sessionOf(client);
      const before = call(`${client.url}/held/long`, { body: 'before' });
      await expect.poll(() => countsOf(world.echo, ['/held/long'])).toEqual({ '/held/long': 1 });
      const download = await startDownload(`${client.url}/download`);
      const events = await readEvents(`${client.url}/events`);
      answers.sendEvent(1);
      await expect.poll(() => events.numbers).toEqual([1]);

      world.relay.signal('SIGSTOP');
      // The client still takes the tunnel for open: this one is in it.
      const during = call(`${client.url}/during-long`, { body: 'during' });
      answers.sendEvent(2);
      answers.release('/held/long');
      const lost = await client.waitForState('reconnecting');
      expect(lost).toMatchObject({ problem: { code: 'tunnel-down', detail: expect.any(String) as string } });

      const beganAtMs = performance.now();
      const waiting = call(`${client.url}/waiting`, { body: 'waiting' });
      await client.waitForState('reconnecting', (state) => state.status === 'reconnecting' && state.waiting === 1);
      const refused = await waiting;
      expect(performance.now() - beganAtMs, 'as long as is promised').toBeGreaterThan(9900);
      expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
      expect(JSON.parse(refused.body)).toMatchObject({
        code: expect.stringMatching(/^(tunnel-down|relay-unreachable)$/) as string,
      });
      const again = await client.waitForState(
        'reconnecting',
        (state) => state.status === 'reconnecting' && state.waiting === 0,
      );
      expect(again.status).toBe('reconnecting');

      world.relay.signal('SIGCONT');
      expect(await sessionOf(client)).toBe(session);
      expect(await before).toMatchObject({ status: 200 });
      expect(await during).toMatchObject({ status: 200 });
      answers.sendEvent(3);
      answers.endEvents();
      await events.ended;
      expect(events.numbers).toEqual([1, 2, 3]);
      expect(await download.finish()).toEqual(whole);
      expect(await call(`${client.url}/after`)).toMatchObject({ status: 200 });
      const once = ['/held/long', '/during-long', '/download', '/events', '/after'];
      expect(countsOf(world.echo, [...once, '/waiting'])).toEqual({
        ...Object.fromEntries(once.map((path) => [path, 1])),
        '/waiting': 0,
      });
    });

    test('a request that waits for it is answered once it goes on', async () => {
      const patient = await startLinkedClient(world, { relayPort: world.relayPort, waitForTunnelMs: 200_000 });
      onTestFinished(() => patient.close());
      await patient.waitForState('open');
      const idle = new Agent({ keepAlive: true, maxSockets: 1 });
      const { socket } = await call(`${patient.url}/kept/before`, { agent: idle });
      world.relay.signal('SIGSTOP');
      await patient.waitForState('reconnecting');
      const waiting = Array.from({ length: 20 }, (_none, index) =>
        call(`${patient.url}/patient/${index}`, { body: 'patient' }),
      );
      await patient.waitForState('reconnecting', (state) => state.status === 'reconnecting' && state.waiting === 20);
      const kept = call(`${patient.url}/kept/after`, { agent: idle, body: 'kept' });
      world.relay.signal('SIGCONT');
      expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(waiting.map(() => 200));
      expect(await kept).toMatchObject({ status: 200, socket });
      const all = ['/kept/after', ...waiting.map((_none, index) => `/patient/${index}`)];
      expect(countsOf(world.echo, all)).toEqual(Object.fromEntries(all.map((path) => [path, 1])));
      idle.destroy();
    });
  });

  test('for longer than it remembers tunnels, what was under way ends as unknown and a new tunnel takes over', async () => {
    const answers = makeLongAnswers();
    const world = await startFreezable(answers, { resume_grace_seconds: 5 });
    onTestFinished(async () => {
      world.relay.signal('SIGCONT');
      await world.close();
    });
    const client = await startLinkedClient(world, { relayPort: world.relayPort, backoff: usualBackoff });
    onTestFinished(() => client.close());
    const session = await sessionOf(client);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { socket } = await call(`${client.url}/idle/before`, { agent });
    const before = call(`${client.url}/held/forgotten`, { body: 'before' });
    await expect.poll(() => countsOf(world.echo, ['/held/forgotten'])).toEqual({ '/held/forgotten': 1 });
    const download = await startDownload(`${client.url}/download`);

    world.relay.signal('SIGSTOP');
    const during = call(`${client.url}/during-forgotten`, { body: 'during' });
    const cut = expect(download.finish()).rejects.toMatchObject({ code: 'ECONNRESET' });
    for (const lost of [await before, await during]) {
      expect(lost.status).toBe(502);
      expect(JSON.parse(lost.body)).toMatchObject({ code: 'outcome-unknown' });
    }
    await cut;
    world.relay.signal('SIGCONT');
    await client.waitForState('open', (state) => state.status === 'open' && state.sessionId !== session);
    expect(await call(`${client.url}/idle/after`, { agent })).toMatchObject({ status: 200, socket });
    expect(await call(`${client.url}/new`, { body: 'new' })).toMatchObject({ status: 200 });
    expect(countsOf(world.echo, ['/held/forgotten', '/download', '/idle/before', '/idle/after', '/new'])).toEqual({
      '/held/forgotten': 1,
      '/download': 1,
      '/idle/before': 1,
      '/idle/after': 1,
      '/new': 1,
    });
    // The bytes of it may have reached the relay before the connection was given up.
    expect(countsOf(world.echo, ['/during-forgotten'])['/during-forgotten']).toBeLessThanOrEqual(1);
    agent.destroy();
  });
});
