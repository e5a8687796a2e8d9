import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { deterministicDigest } from '../support/upstreams/deterministic-bytes.ts';
import { type ConnectProxyProcess, startConnectProxyProcess } from './support/connect-proxy-process.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { countsOf, downloadBytes, type LongAnswers, makeLongAnswers } from './support/long-answers.ts';
import { call, startDownload } from './support/long-calls.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** An address for documentation (RFC 5737), which nothing but the proxy can reach. */
const relayHost = '192.0.2.10';
let answers: LongAnswers;
let world: TunnelWorld;
let proxyPort: number;
let proxy: ConnectProxyProcess;
let client: LinkedClient;

beforeAll(async () => {
  answers = makeLongAnswers();
  world = await startTunnelWorld({
    address: relayHost,
    answer: answers.answer,
    limits: { resume_grace_seconds: 3600 },
    configure: (config) => {
      const { port = 0 } = config.relay.listen ?? {};
      return { ...config, relay: { ...config.relay, listen: { host: '127.0.0.1', port } } };
    },
  });
  proxyPort = await freePort();
  proxy = await startConnectProxyProcess(proxyPort, world.relayPort);
  for (const name of ['https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined);
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${proxyPort}`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await proxy.kill();
  await world.close();
});
afterEach(async () => {
  await client.close();
  world.echo.clear();
});

test('a proxy that is killed and started again in the middle of a download is only a pause', async () => {
  client = await startLinkedClient(world, { relayHost, relayPort: world.relayPort });
  const open = await client.waitForState('open');
  const download = await startDownload(`${client.url}/download`);
  const held = call(`${client.url}/held/proxied`, { body: 'held' });
  await expect.poll(() => countsOf(world.echo, ['/held/proxied'])).toEqual({ '/held/proxied': 1 });

  await proxy.kill();
  const finished = download.finish();
  const waiting = call(`${client.url}/waiting`, { body: 'waiting' });
  answers.release('/held/proxied');
  // The link is gone, and an attempt has found nobody at the proxy’s port.
  await client.waitForState(
    'reconnecting',
    (state) => state.status === 'reconnecting' && state.problem.code === 'proxy-failed',
  );
  proxy = await startConnectProxyProcess(proxyPort, world.relayPort);

  const again = await client.waitForState('open');
  expect(again).toMatchObject({ sessionId: open.status === 'open' ? open.sessionId : '' });
  expect(await finished).toEqual({ bytes: downloadBytes, sha256: deterministicDigest(downloadBytes) });
  expect(await held).toMatchObject({ status: 200 });
  expect(await waiting).toMatchObject({ status: 200 });
  const all = ['/download', '/held/proxied', '/waiting'];
  expect(countsOf(world.echo, all)).toEqual(Object.fromEntries(all.map((path) => [path, 1])));
});

test.runIf(process.platform !== 'win32')(
  'a proxy that hangs is asked again and again, and once it is another one all goes on',
  async () => {
    client = await startLinkedClient(world, { relayHost, relayPort: world.relayPort });
    const open = await client.waitForState('open');
    const download = await startDownload(`${client.url}/download`);
    const held = call(`${client.url}/held/hung`, { body: 'held' });
    await expect.poll(() => countsOf(world.echo, ['/held/hung'])).toEqual({ '/held/hung': 1 });

    proxy.freeze();
    const during = call(`${client.url}/during`, { body: 'during' });
    answers.release('/held/hung');
    // Its port takes connections all the same.
    await client.waitForState('reconnecting', (state) => state.status === 'reconnecting' && state.attempt >= 3);
    await proxy.kill();
    proxy = await startConnectProxyProcess(proxyPort, world.relayPort);

    const again = await client.waitForState('open');
    expect(again).toMatchObject({ sessionId: open.status === 'open' ? open.sessionId : '' });
    expect(await download.finish()).toEqual({ bytes: downloadBytes, sha256: deterministicDigest(downloadBytes) });
    expect(await held).toMatchObject({ status: 200 });
    expect(await during).toMatchObject({ status: 200 });
    const all = ['/download', '/held/hung', '/during'];
    expect(countsOf(world.echo, all)).toEqual(Object.fromEntries(all.map((path) => [path, 1])));
  },
);
