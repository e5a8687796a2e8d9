import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FieldDecoder } from '../../../relay/http2-fields/field-decoder.ts';
import { FrameReader } from '../../../relay/http2-fields/frame-reader.ts';
import { judgeAnswerField, judgeRequestField } from '../../../relay/http2-fields/judge-field.ts';
import {
  headersFrame,
  hpackHeader,
  http2Frame,
  http2Type,
  type RawHttp2,
  rawHttp2,
  requestHead,
  uint32,
} from '../../tunnel/support/raw-http2.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { callBothWays } from '../way-back/call-both-ways.ts';
import {
  fields,
  flags,
  frame,
  frameType,
  type RawHttp2Request,
  type RawHttp2Upstream,
  startRawHttp2Upstream,
} from '../way-back/start-raw-http2-upstream.ts';

type Kind = readonly [what: string, name: string, value: string];

/** Malformed wherever they stand (RFC 9113 §8.2.1, §8.2.2, §8.3). */
const anywhere: readonly Kind[] = [
  ['CR', 'x-a', 'hidden\rb'],
  ['LF', 'x-a', 'hidden\nb'],
  ['CR and LF', 'x-a', 'hidden\r\nx-b: c'],
  ['NUL', 'x-a', 'hidden\0'],
  ['another control character', 'x-a', '\u0001hidden'],
  ['DEL', 'x-a', 'hidden\u007f'],
  ['a space before the value', 'x-a', ' hidden'],
  ['a space behind the value', 'x-a', 'hidden '],
  ['a tab before the value', 'x-a', '\thidden'],
  ['a tab behind the value', 'x-a', 'hidden\t'],
  ['a value that is a space', 'x-a', ' '],
  ['a bad value of a field that the table knows', 'cookie', 'hidden\0'],
  ['a bad credential', 'authorization', 'hidden\n'],
  ['no name', '', 'hidden'],
  ['a space in the name', 'x a', 'hidden'],
  ['a colon in the name', 'x:a', 'hidden'],
  ['a line break in the name', 'x-a\r\nx-b', 'hidden'],
  ['NUL in the name', 'x\0', 'hidden'],
  ['a parenthesis in the name', 'x(', 'hidden'],
  ['Latin-1 in the name', 'x\u00e4', 'hidden'],
  ['upper case in the name', 'X-A', 'hidden'],
  ['Connection', 'connection', 'close'],
  ['Keep-Alive', 'keep-alive', 'hidden'],
  ['Proxy-Connection', 'proxy-connection', 'hidden'],
  ['Transfer-Encoding', 'transfer-encoding', 'chunked'],
  ['Upgrade', 'upgrade', 'hidden'],
  ['TE but for trailers', 'te', 'gzip'],
  ['an unknown pseudo-field', ':hidden', 'hidden'],
  ['a pseudo-field behind others', ':path', '/hidden'],
  ['a colon alone', ':', 'hidden'],
];
const inRequests: readonly Kind[] = [
  ...anywhere,
  [':status', ':status', '200'],
  ['a Host that is none', 'host', 'hidden/'],
];
/** White space around a value is no fault in answers, but taken off. */
const inAnswers: readonly Kind[] = [
  ...anywhere.filter(([what]) => !/a (space|tab) (before|behind)|is a space/.test(what)),
  ['a second :status', ':status', '204'],
];

describe('a malformed field', () => {
  let upstream: RawHttp2Upstream;
  let world: PipelineWorld;
  beforeAll(async () => {
    upstream = await startRawHttp2Upstream();
    world = await startPipelineWorld({
      apis: [{ id: 'api', name: 'API', upstream: upstream.url, protocol: 'http2', timeout_seconds: 5 }],
    });
  });
  afterAll(async () => {
    await world?.close();
    await upstream?.close();
  });

  const newest = () => world.decisions(1)[0];

  describe('of a caller', () => {
    interface Caller {
      readonly raw: RawHttp2;
      /** `:status` by stream. */
      readonly statuses: Map<number, string>;
    }

    async function open(): Promise<Caller> {
      const raw = await rawHttp2(world.port('api'));
      const statuses = new Map<number, string>();
      const decoder = new FieldDecoder(judgeAnswerField);
      const reader = new FrameReader(0, (id, block) =>
        decoder.read(block, ({ name, value }) => {
          if (name === ':status') statuses.set(id, value);
        }),
      );
      raw.socket.on('data', (chunk: Buffer) => reader.read(chunk));
      return { raw, statuses };
    }

    /** The first stream is answered or reset. */
    async function expectRefused({ raw, statuses }: Caller): Promise<void> {
      await expect
        .poll(() => statuses.get(1) ?? (raw.received.has(http2Type.reset) ? 'reset' : ''))
        .toMatch(/400|reset/);
    }

    /** An ordinary request on the same connection. */
    async function expectGoesOn({ raw, statuses }: Caller, streamId: number): Promise<void> {
      upstream.behave((request) => request.head('200', [], true));
      raw.write(headersFrame(streamId, requestHead('GET', '/after', raw.authority)));
      await expect.poll(() => statuses.get(streamId)).toBe('200');
      await expect.poll(newest).toMatchObject({ record: { effect: 'allow', path: '/after' } });
    }

    it.each(inRequests)('in the head, %s, is refused and never reaches the API', async (_what, name, value) => {
      upstream.behave((request) => request.head('200', [], true));
      const caller = await open();
      const { raw, statuses } = caller;
      const head = requestHead('POST', '/malformed', raw.authority);
      raw.write(headersFrame(1, Buffer.concat([head, hpackHeader(name, value)])));
      await expectRefused(caller);
      if (statuses.has(1)) {
        expect(newest()?.record).toMatchObject({ effect: 'deny', path: '/malformed', method: 'POST' });
        expect(newest()?.record.reason).toMatch(/malformed.*RFC 9113/);
        expect(newest()?.record.reason).not.toContain('hidden');
      }
      expect(upstream.count).toBe(0);
      await expectGoesOn(caller, 3);
      raw.socket.destroy();
    });

    it.each(inRequests)('in trailers, %s, keeps the API from taking the body for whole', async (_what, name, value) => {
      for (const moment of ['at once', 'later'] as const) {
        upstream.behave(() => undefined);
        const caller = await open();
        const { raw } = caller;
        raw.write(headersFrame(1, requestHead('POST', '/trailers', raw.authority), false));
        if (moment === 'later') await expect.poll(() => upstream.count).toBe(1);
        raw.write(http2Frame(http2Type.data, 0, 1, Buffer.from('body')), headersFrame(1, hpackHeader(name, value)));
        await expectRefused(caller);
        if (moment === 'later') {
          await expect.poll(() => newest()?.outcome?.outcome).toBe('unknown');
          await expect.poll(() => upstream.bodyEnds.length).toBe(1);
        }
        expect(upstream.bodyEnds).not.toContain('end');
        await expectGoesOn(caller, 3);
        raw.socket.destroy();
      }
    });

    it('is a fault that the audit names when its trailers come after the request went on', async () => {
      upstream.behave(() => undefined);
      const { raw } = await open();
      raw.write(headersFrame(1, requestHead('POST', '/', raw.authority), false));
      await expect.poll(() => upstream.count).toBe(1);
      raw.write(headersFrame(1, hpackHeader('x-a', 'hidden\0')));
      await expect.poll(() => newest()?.outcome?.detail).toMatch(/malformed.*x-a/);
      expect(newest()?.outcome?.detail).not.toContain('hidden');
      raw.socket.destroy();
    });

    it('is found in CONTINUATION, behind padding, and where only the table is named', async () => {
      upstream.behave((request) => request.head('200', [], true));
      const { raw, statuses } = await open();
      const head = requestHead('GET', '/', raw.authority);
      const bad = hpackHeader('x-a', 'hidden\n');
      raw.write(
        http2Frame(http2Type.headers, 0x1, 1, head),
        http2Frame(9, 0, 1, bad.subarray(0, 4)),
        http2Frame(9, flags.endHeaders, 1, bad.subarray(4)),
        http2Frame(
          http2Type.headers,
          0x1 | 0x4 | 0x8 | 0x20,
          3,
          Buffer.concat([Buffer.from([4]), uint32(0), Buffer.from([9]), head, bad, Buffer.alloc(4)]),
        ),
        headersFrame(5, Buffer.concat([head, Buffer.from([0x40]), bad.subarray(1)])),
        headersFrame(7, Buffer.concat([head, Buffer.from([0xbe])])),
      );
      await expect.poll(() => statuses.size).toBe(4);
      expect([...statuses.values()]).toEqual(['400', '400', '400', '400']);
      expect(upstream.count).toBe(0);
      raw.socket.destroy();
    });

    it('ends the connection when such heads come without end, or what comes isn’t HPACK', async () => {
      const { raw } = await open();
      const bad = headersFrame(1, Buffer.from([0xff]));
      raw.write(bad);
      await raw.closed;
      expect(upstream.count).toBeLessThan(2);
    });
  });

  describe.each(['HTTP/1.1', 'HTTP/2'] as const)('of an API, for a caller of %s', (caller) => {
    // What is found is the same for both; how it is told differs.
    const kinds = caller === 'HTTP/2' ? inAnswers : inAnswers.filter((_, index) => index % 8 === 0);
    const trailers = ({ socket, streamId }: RawHttp2Request, name: string, value: string): void =>
      void socket.write(
        frame(frameType.headers, flags.endHeaders | flags.endStream, streamId, fields([[name, value]])),
      );

    it.each(kinds)('in the head, %s, is answered with 502', async (_what, name, value) => {
      upstream.behave((request) => {
        request.head('200', [[name, value]]);
        request.data('body', true);
      });
      const seen = await callBothWays(world.port('api'), caller, { method: 'DELETE' });
      expect(seen).toMatchObject({ status: 502, whole: true });
      expect(JSON.parse(seen.body)).toMatchObject({ code: 'upstream-protocol' });
      expect(seen.body).not.toContain('hidden');
      await expect.poll(() => newest()?.outcome).toMatchObject({ outcome: 'unknown', status: 502 });
      expect(newest()?.outcome?.detail).not.toContain('hidden');
    });

    it.each(kinds)('in a head alone, %s, is answered with 502', async (_what, name, value) => {
      upstream.behave((request) => request.head('200', [[name, value]], true));
      const seen = await callBothWays(world.port('api'), caller, { method: 'DELETE' });
      expect(seen).toMatchObject({ status: 502, whole: true });
    });

    it.each(kinds)('in an answer before the answer, %s, is answered with 502', async (_what, name, value) => {
      upstream.behave((request) => {
        request.head('103', [[name, value]]);
        request.head('200', [], true);
      });
      const seen = await callBothWays(world.port('api'), caller, { method: 'DELETE' });
      expect(seen).toMatchObject({ status: 502, whole: true });
      await expect.poll(() => newest()?.outcome).toMatchObject({ outcome: 'unknown' });
    });

    it.each(kinds)('in trailers, %s, is never a whole answer', async (_what, name, value) => {
      for (const moment of ['at once', 'later'] as const) {
        upstream.behave((request) => {
          request.head('200');
          request.data('body');
          if (moment === 'at once') trailers(request, name, value);
          else setTimeout(() => trailers(request, name, value), 60);
        });
        const seen = await callBothWays(world.port('api'), caller, { method: 'DELETE' });
        expect(seen.status === 502 || !seen.whole).toBe(true);
        await expect.poll(() => newest()?.outcome?.outcome).toMatch(/^(aborted|unknown)$/);
      }
    });

    const spaces = [' v', 'v ', '\tv \t', ' v w '];
    it.each(spaces)('is none when %j has white space at an end, which is taken off', async (value) => {
      upstream.behave((request) => {
        request.head('103', [['link', value]]);
        request.head('200', [['x-a', value]]);
        request.data('body');
        trailers(request, 'grpc-message', value);
      });
      const seen = await callBothWays(world.port('api'), caller);
      expect(seen).toMatchObject({ status: 200, body: 'body', whole: true, headers: { 'x-a': value.trim() } });
      if (caller === 'HTTP/2') expect(seen.trailers).toMatchObject({ 'grpc-message': value.trim() });
      upstream.behave((request) => request.head('200', [['grpc-message', value]], true));
      expect(await callBothWays(world.port('api'), caller)).toMatchObject({
        status: 200,
        headers: { 'grpc-message': value.trim() },
      });
    });

    it('says which rule was broken, and lets other answers of the connection pass', async () => {
      upstream.behave((request) => request.head('200', [['x-a', 'hidden\0']], true));
      const seen = await callBothWays(world.port('api'), caller);
      expect(JSON.parse(seen.body)).toMatchObject({ detail: expect.stringMatching(/malformed.*“x-a”.*§8\.2\.1/) });
      upstream.behave((request) => request.head('200', [['x-a', 'a\tb \u00e4']], true));
      expect(await callBothWays(world.port('api'), caller)).toMatchObject({ status: 200, whole: true });
    });
  });
});

describe('what is judged malformed', () => {
  let server: Http2Server;
  const seen = new Map<number, readonly string[]>();
  beforeAll(async () => {
    server = createServer({ strictSingleValueFields: false });
    server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, raw: string[]) => {
      seen.set(stream.id ?? 0, raw.slice(8));
      stream.respond([':status', '200'], { endStream: true });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  const positions: readonly (readonly [string, (character: string) => readonly [string, string]])[] = [
    ['first in a name', (character) => [`${character}y`, 'v']],
    ['in a name', (character) => [`x${character}y`, 'v']],
    ['first in a value', (character) => ['x-a', `${character}b`]],
    ['in a value', (character) => ['x-a', `a${character}b`]],
    ['last in a value', (character) => ['x-a', `a${character}`]],
    ['in a Host', (character) => ['host', `a${character}b`]],
  ];
  it.each(positions)('is exactly what Node leaves out (each byte, %s)', async (_where, make) => {
    seen.clear();
    const raw = await rawHttp2((server.address() as AddressInfo).port);
    const head = requestHead('GET', '/', 'a.example');
    for (let code = 0; code < 256; code += 1) {
      raw.write(headersFrame(code * 2 + 1, Buffer.concat([head, hpackHeader(...make(String.fromCharCode(code)))])));
      if (code % 32 === 31) {
        const answers = () => (raw.received.get(http2Type.headers) ?? 0) + (raw.received.get(http2Type.reset) ?? 0);
        await expect.poll(answers).toBe(code + 1);
      }
    }
    raw.socket.destroy();
    for (let code = 0; code < 256; code += 1) {
      const received = seen.get(code * 2 + 1);
      // What Node refuses by itself isn't there at all.
      if (received === undefined) continue;
      const [name, value] = make(String.fromCharCode(code));
      expect([code, judgeRequestField(name, value) !== null]).toEqual([code, received.length === 0]);
    }
  });
});
