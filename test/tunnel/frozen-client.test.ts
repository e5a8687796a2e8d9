import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RunningCli, startCli } from '../client/support/run-cli.ts';
import { freePort } from '../support/free-port.ts';
import { deterministicDigest } from '../support/upstreams/deterministic-bytes.ts';
import { type FailoverFront, startFailoverFront } from './support/failover-front.ts';
import { countsOf, downloadBytes, type LongAnswers, makeLongAnswers } from './support/long-answers.ts';
import { call, readEvents, startDownload } from './support/long-calls.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const numbers = Array.from({ length: 200 }, (_none, index) => index + 1);
let answers: LongAnswers;
let front: FailoverFront;
let world: TunnelWorld;
let folder: string;
let client: RunningCli;
let url: string;

describe.runIf(process.platform !== 'win32')('while the client’s process is frozen', () => {
  beforeAll(async () => {
    front = await startFailoverFront();
    answers = makeLongAnswers();
    world = await startTunnelWorld({
      answer: answers.answer,
      // The relay soon gives up a connection that is silent, and for long not the tunnel.
      limits: { ping_seconds: 1, resume_grace_seconds: 3600 },
      configure: (config) => ({ ...config, relay: { ...config.relay, url: `https://127.0.0.1:${front.port}` } }),
    });
    front.relays = [world.relayPort];
    folder = mkdtempSync(join(tmpdir(), 'causeway-frozen-'));
    writeFileSync(join(folder, 'ca.pem'), world.ca);
    writeFileSync(join(folder, 'token'), await world.issuer.token('ann'), { mode: 0o600 });
  });
  afterAll(async () => {
    await world.close();
    await front.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    const where = ['--relay', `https://127.0.0.1:${front.port}`, '--port', String(await freePort())];
    const who = ['--token-file', join(folder, 'token'), '--ca', join(folder, 'ca.pem')];
    client = startCli(['connect', 'echo', ...where, ...who, '--state-dir', join(folder, 'state'), '--no-browser'], {});
    const connected = await client.line(({ type }) => type === 'connected');
    url = String(connected['address']);
  });
  afterEach(async () => {
    await client.kill();
    world.echo.clear();
  });

  /** Calls of all kinds, with the process frozen in their middle for as long as `meanwhile` takes. */
  async function callWhileFrozen(name: string, meanwhile: () => Promise<void>): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { socket } = await call(`${url}/idle-before-${name}`, { agent });
    const held = call(`${url}/held/${name}`, { body: name });
    const download = await startDownload(`${url}/download`);
    const events = await readEvents(`${url}/events`);
    answers.sendEvent(1);
    await expect.poll(() => events.numbers).toEqual([1]);
    await expect.poll(() => countsOf(world.echo, [`/held/${name}`])).toEqual({ [`/held/${name}`]: 1 });

    client.child.kill('SIGSTOP');
    const idle = call(`${url}/idle-after-${name}`, { agent, body: 'idle' });
    const fresh = call(`${url}/fresh-${name}`, { body: 'fresh' });
    const finished = download.finish();
    answers.release(`/held/${name}`);
    for (const number of numbers.slice(1, -1)) answers.sendEvent(number);
    await meanwhile();
    client.child.kill('SIGCONT');

    expect(await held).toMatchObject({ status: 200 });
    expect(await idle).toMatchObject({ status: 200, socket });
    expect(await fresh).toMatchObject({ status: 200 });
    answers.sendEvent(numbers.length);
    answers.endEvents();
    await events.ended;
    expect(events.numbers).toEqual(numbers);
    expect(await finished).toEqual({ bytes: downloadBytes, sha256: deterministicDigest(downloadBytes) });
    const all = [
      `/idle-before-${name}`,
      `/idle-after-${name}`,
      `/fresh-${name}`,
      `/held/${name}`,
      '/download',
      '/events',
    ];
    expect(countsOf(world.echo, all)).toEqual(Object.fromEntries(all.map((path) => [path, 1])));
    agent.destroy();
  }

  test('for a moment, events and a download go on where they were', async () => {
    // Less than either side takes to give the link up.
    await callWhileFrozen('moment', () => pause(1500));
  });

  test('until the relay has given its connection up, events and a download go on over another one', async () => {
    const before = front.connections.length;
    await callWhileFrozen('long', async () => {
      await expect
        .poll(() => front.connections.filter(({ endedBy }) => endedBy === null), { timeout: 120_000 })
        .toEqual([]);
    });
    expect(front.connections.length).toBeGreaterThan(before);
  });
});
