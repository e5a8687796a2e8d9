import { writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PipelineWorld } from '../pipeline/pipeline-world.ts';
import { RawConnection } from '../pipeline/raw-connection.ts';
import type { RogueUpstream } from '../pipeline/start-rogue-upstream.ts';
import { type CallerProtocol, callBothWays } from './call-both-ways.ts';
import type { RawHttp2Upstream } from './start-raw-http2-upstream.ts';
import { startTwoUpstreams, type TwoUpstreams } from './start-two-upstreams.ts';

const callers: readonly CallerProtocol[] = ['HTTP/1.1', 'HTTP/2'];
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Longer than anything takes here, also beside other work: who waits for it has another status than was expected. */
const patientSeconds = 60;

let plain: RogueUpstream;
let multiplexed: RawHttp2Upstream;
let world: PipelineWorld;
let upstreams: TwoUpstreams;
beforeAll(async () => {
  upstreams = await startTwoUpstreams(patientSeconds);
  ({ plain, multiplexed, world } = upstreams);
});
afterAll(() => upstreams?.close());

const waitFor = (seconds: number) =>
  world.configure((config) => ({
    ...config,
    apis: config.apis.map((api) => (api.id === 'plain' ? { ...api, timeout_seconds: seconds } : api)),
  }));
const outcome = () => world.decisions(1)[0]?.outcome;

describe('a GET whose answer', () => {
  it.each<[what: string, status: number, pieces: readonly (string | null)[], seconds?: number]>([
    ['isn’t HTTP', 502, ['ICY 200 OK\r\n\r\n']],
    ['has two lengths', 502, ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok']],
    ['has a head that is too large', 502, [`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`]],
    [
      'switches to a protocol that nobody asked for',
      502,
      ['HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ],
    ['has a status that there isn’t', 502, ['HTTP/1.1 099 X\r\n\r\n']],
    ['ends inside of its head', 502, ['HTTP/1.1 200 OK\r\nX-A: b', null]],
    ['ends behind 100', 502, ['HTTP/1.1 100 Continue\r\n\r\n', null]],
    ['never comes', 504, [], 2],
    ['begins and comes no further', 504, ['HTTP/1.1 200 OK\r\nX-'], 2],
  ])('%s reaches the API once, and ends in time with %i', async (_what, status, pieces, seconds = patientSeconds) => {
    if (seconds !== patientSeconds) await waitFor(seconds);
    try {
      // So that there are idle connections to go on with.
      plain.behave(({ socket }) => setTimeout(() => socket.write(ok), 50));
      await Promise.all([1, 2, 3].map(() => callBothWays(world.port('plain'), 'HTTP/1.1')));
      plain.behave(({ socket }) => {
        for (const piece of pieces) {
          if (piece === null) socket.end();
          else socket.write(piece);
        }
      });
      const startedMs = Date.now();
      expect(await callBothWays(world.port('plain'), 'HTTP/1.1')).toMatchObject({ status, whole: true });
      expect(Date.now() - startedMs).toBeLessThan(patientSeconds * 1000);
    } finally {
      if (seconds !== patientSeconds) await waitFor(patientSeconds);
    }
    expect(plain.requests).toHaveLength(1);
    await expect.poll(outcome).toMatchObject({ outcome: 'unknown', status });
  });

  it('never comes because its idle connections were closed is asked for on a fresh one', async () => {
    plain.behave(({ socket }) => setTimeout(() => socket.write(ok), 50));
    await Promise.all([1, 2, 3].map(() => callBothWays(world.port('plain'), 'HTTP/1.1')));
    const used = new Set(plain.requests.map(({ connection }) => connection));
    plain.behave(({ socket, connection }) => (used.has(connection) ? socket.destroy() : socket.write(ok)));
    expect(await callBothWays(world.port('plain'), 'HTTP/1.1')).toMatchObject({ status: 200, body: 'ok' });
    expect(plain.requests.length).toBeGreaterThan(1);
    expect(used).not.toContain(plain.requests.at(-1)?.connection);
  });

  it('never comes on a fresh TLS connection reaches the API once', async () => {
    const made = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    let requests = 0;
    const server = createTlsServer({ key: made.private, cert: made.cert }, (request) => {
      requests += 1;
      request.socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const upstream = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const caFile = `${world.dataDir}-ca.pem`;
      writeFileSync(caFile, made.cert);
      await world.configure((config) => ({
        ...config,
        apis: config.apis.map((api) => (api.id === 'plain' ? { ...api, upstream, ca: caFile } : api)),
      }));
      expect(await callBothWays(world.port('plain'), 'HTTP/1.1')).toMatchObject({ status: 502 });
      expect(requests).toBe(1);
    } finally {
      await world.configure((config) => ({
        ...config,
        apis: config.apis.map(({ ca: _ca, ...api }) => (api.id === 'plain' ? { ...api, upstream: plain.url } : api)),
      }));
      server.close();
    }
  });
});

describe.each(callers)('an answer to a caller of %s', (caller) => {
  it.each([1, 3])('comes behind 100 (Continue) that nobody asked for, %i of them', async (many) => {
    plain.behave(({ socket }) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(many) + ok));
    for (const method of ['GET', 'DELETE']) {
      expect(await callBothWays(world.port('plain'), caller, { method })).toMatchObject({ status: 200, body: 'ok' });
    }
    expect(plain.requests).toHaveLength(2);
  });

  it('with 205 is whole, whatever length it says', async () => {
    plain.behave(({ socket }) => socket.write('HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok'));
    expect(await callBothWays(world.port('plain'), caller)).toMatchObject({ status: 205, whole: true });
    await expect.poll(outcome).toMatchObject({ outcome: 'completed', status: 205 });
  });

  it.each([600, 999])('with the status %i is passed on, or refused where it can’t be', async (status) => {
    plain.behave(({ socket }) => socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nok`));
    multiplexed.behave((request) => request.head(String(status), [], true));
    const expected = caller === 'HTTP/2' ? { status: 502, outcome: 'unknown' } : { status, outcome: 'completed' };
    for (const api of ['plain', 'multiplexed']) {
      expect(await callBothWays(world.port(api), caller)).toMatchObject({ status: expected.status, whole: true });
      await expect.poll(outcome).toMatchObject(expected);
    }
  });

  it('that is REFUSED_STREAM says that nothing was done', async () => {
    multiplexed.behave((request) => request.reset(7));
    const { status, body } = await callBothWays(world.port('multiplexed'), caller, { method: 'DELETE' });
    expect(status).toBe(502);
    expect(JSON.parse(body)).toMatchObject({ detail: expect.stringContaining('did nothing of it') });
    // Again, as RFC 9113 §8.7 lets it be, and not for ever.
    expect(multiplexed.count).toBe(6);
    await expect.poll(outcome).toMatchObject({ outcome: 'completed', status: 502 });
  });
});

it('of ten requests at once none is lost to an API that refuses more than two of them', async () => {
  let under = 0;
  multiplexed.behave((request) => {
    if (under === 2) return request.reset(7);
    under += 1;
    setTimeout(() => {
      under -= 1;
      request.head('200', [], true);
    }, 20);
  });
  const seen = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      callBothWays(world.port('multiplexed'), callers[index % 2] as CallerProtocol, { method: 'DELETE' }),
    ),
  );
  expect(seen.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
});

it.each(['GOAWAY', 'the caller leaves'])(
  'a refused request ends when %s while it waits to go out again',
  // The relay gives up within a second: beside other work, the caller may leave too late for once.
  { retry: 5 },
  async (what) => {
    multiplexed.behave((request) => {
      if (what === 'GOAWAY' && multiplexed.count === 4) request.head('200', [], true);
      else if (what === 'GOAWAY') {
        request.goAwayBefore();
        request.reset(7);
      } else request.reset(7);
    });
    if (what === 'GOAWAY') {
      expect(await callBothWays(world.port('multiplexed'), 'HTTP/1.1')).toMatchObject({ status: 200 });
      return;
    }
    const connection = await RawConnection.open(world.port('multiplexed'));
    connection.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${world.port('multiplexed')}\r\n\r\n`);
    await expect.poll(() => multiplexed.count, { interval: 5 }).toBeGreaterThan(1);
    connection.close();
    await expect.poll(outcome).toMatchObject({ outcome: 'aborted' });
    expect(multiplexed.count).toBeLessThan(6);
  },
);

it.each(['plain', 'multiplexed'])('a trailer may have the name of a member of all objects (%s)', async (api) => {
  plain.behave(({ socket }) =>
    socket.write(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n__proto__: a\r\nconstructor: b\r\n\r\n',
    ),
  );
  multiplexed.behave((request) => {
    request.head('200');
    request.data('ok');
    request.trailers([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
  const { trailers } = await callBothWays(world.port(api), 'HTTP/2');
  expect(Object.entries(trailers)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});
