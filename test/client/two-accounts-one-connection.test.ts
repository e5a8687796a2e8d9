import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ClientCore } from '../../client/core/client-core.ts';
import { flags, frame, frameType } from '../relay/way-back/start-raw-http2-upstream.ts';
import { type DemoWorld, startDemoWorld } from '../support/demo-world.ts';
import { freePort } from '../support/free-port.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { type CoreFixture, coreFixture, snapshotWhere } from './support/core-fixture.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: DemoWorld;
let fixture: CoreFixture;
let core: ClientCore;
/** Profiles of alice and bob, and the name of the same API for each. */
let ids: string[];
let names: readonly [alice: string, bob: string];
let port: number;

beforeAll(async () => {
  world = await startDemoWorld();
});
afterAll(() => world.close());

beforeEach(async () => {
  fixture = await coreFixture();
  let user = 'alice';
  core = fixture.make({ ca: [world.ca], openBrowser: async (url) => void (await signInWithoutBrowser(url, { user })) });
  await core.start();
  ids = [];
  for (user of ['alice', 'bob']) {
    const { profileId: id } = await core.signIn(world.relayUrl, { another: true });
    ids.push(id);
    await snapshotWhere(core, ({ profiles }) =>
      profiles.some((p) => p.id === id && p.catalog.status === 'ready' && p.tunnel.status === 'open'),
    );
    await core.setPort(id, 'inventory', await freePort());
    await core.connect(id, 'inventory');
  }
  port = fixture.state.current.settings.gatewayPort;
  const [alice, bob] = fixture.state.current.profiles.map(({ label }) => `inventory.${label}.localhost:${port}`);
  names = [alice ?? '', bob ?? ''];
});
afterEach(() => fixture.close());

/** Statuses of requests that go one after the other over one connection. */
async function over(...asked: readonly (readonly [authority: string, path: string])[]): Promise<unknown[]> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const statuses: unknown[] = [];
    for (const [authority, path] of asked) {
      const stream = session.request({ ':authority': authority, ':path': path });
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      statuses.push(headers[':status']);
      stream.resume();
      await once(stream, 'close');
    }
    return statuses;
  } finally {
    session.destroy();
  }
}

/** Requests for the API that each account has made, once there are as many as expected. */
async function expectCounts(...counts: readonly [alice: number, bob: number]): Promise<void> {
  const made = () => ids.map((id) => core.activity(id).entries.filter(({ api }) => api === 'inventory').length);
  await expect.poll(made, { timeout: 20_000 }).toEqual(counts);
}

describe('a connection over HTTP/2 that one account’s API was asked for first', () => {
  test('answers a stream for another account’s with 421, and stays the first’s', async () => {
    const [alice, bob] = names;
    expect(await over([alice, '/v1/items?1'], [bob, '/v1/items?2'], [alice, '/v1/items?3'])).toEqual([200, 421, 200]);
    expect(await over([bob, '/v1/items?4'], [alice, '/v1/items?5'], [`inventory.localhost:${port}`, '/'])).toEqual([
      200, 421, 421,
    ]);
    // What the client does with it: a connection of its own.
    expect(await over([bob, '/v1/items?6'])).toEqual([200]);
    await expectCounts(2, 2);
    const refused = core.activity(ids[0] ?? '').entries.find(({ status }) => status === 421);
    expect(refused).toMatchObject({ decision: 'deny', path: '/v1/items' });
  });

  test('answers with 421 also where both heads come at once, as frames', async () => {
    const [alice, bob] = names;
    const answers = await framesOver(port, [
      [1, alice, '/v1/items?1'],
      [3, bob, '/v1/items?2'],
      [5, alice, '/v1/items?3'],
    ]);
    expect(answers.get(3)).toContain('"code":"host-not-allowed"');
    expect(answers.get(3)).toContain('"status":421');
    for (const id of [1, 5]) expect(answers.get(id)).not.toContain('host-not-allowed');
    await expectCounts(2, 0);
  });
});

/** A literal field whose name is in the static table (RFC 7541 §6.2.2). */
function field(index: number, value: string): Buffer {
  return Buffer.concat([Buffer.of(index, value.length), Buffer.from(value)]);
}

/** Sends the heads in one piece and gives what came as data on each stream, when all have ended. */
async function framesOver(
  toPort: number,
  asked: readonly (readonly [id: number, authority: string, path: string])[],
): Promise<Map<number, string>> {
  const heads = asked.map(([id, authority, path]) => {
    const block = Buffer.concat([Buffer.of(0x82, 0x86), field(0x01, authority), field(0x04, path)]);
    return frame(frameType.headers, flags.endHeaders | flags.endStream, id, block);
  });
  const socket = connect({ port: toPort, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
  socket.write(Buffer.concat([preface, frame(frameType.settings, 0, 0), ...heads]));
  const answers = new Map<number, string>();
  const ended = new Set<number>();
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const whole = received.subarray(0, 9 + received.readUIntBE(0, 3));
      received = received.subarray(whole.length);
      const [type, bits, id] = [whole.readUInt8(3), whole.readUInt8(4), whole.readUInt32BE(5)];
      if (type === frameType.data) answers.set(id, (answers.get(id) ?? '') + whole.subarray(9).toString());
      if (id > 0 && (type === frameType.resetStream || (bits & flags.endStream) !== 0)) ended.add(id);
    }
    if (ended.size === asked.length) break;
  }
  socket.destroy();
  return answers;
}
