import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  headersFrame,
  hpackHeader,
  http2Frame,
  http2Type,
  rawHttp2,
  requestHead,
  uint32,
} from '../../tunnel/support/raw-http2.ts';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';

const endStream = 0x1;
const data = (text: string, flags = 0): Buffer => http2Frame(http2Type.data, flags, 1, Buffer.from(text));
/** One DATA frame, cut inside of its payload. */
const cutData = (text: string, at: number): readonly [Buffer, Buffer] => {
  const whole = data(text, endStream);
  return [whole.subarray(0, 9 + at), whole.subarray(9 + at)];
};

/** What an HTTP/2 caller sends behind `content-length`, in writes of their own. */
const broken: readonly (readonly [what: string, length: string, writes: readonly Buffer[]])[] = [
  ['more than was announced, cut inside of its frame', '2', [...cutData('abc', 2)]],
  ['more than was announced, in two frames', '2', [data('ab'), data('c', endStream)]],
  ['more than was announced, behind several frames', '4', [data('ab'), data('cd'), data('e', endStream)]],
  ['something where nothing was announced', '0', [data('a', endStream)]],
  ['something in the frame behind an empty one', '0', [data(''), data('a', endStream)]],
  ['less than was announced', '3', [data('ab'), data('', endStream)]],
  ['malformed trailers', '2', [data('ab'), headersFrame(1, hpackHeader('x-a', 'hidden\0'))]],
  ['a pseudo-field in trailers', '2', [data('ab'), headersFrame(1, hpackHeader(':path', '/hidden'))]],
  ['a reset before the end', '2', [data('ab'), http2Frame(http2Type.reset, 0, 1, uint32(8))]],
];
const sound: readonly (readonly [what: string, body: string, length: string, writes: readonly Buffer[]])[] = [
  ['at once', 'ab', '2', [data('ab', endStream)]],
  ['its end apart', 'ab', '2', [data('ab'), data('', endStream)]],
  ['in pieces', 'abcd', '4', [data('a'), data('bc'), data('d'), data('', endStream)]],
  ['trailers', 'ab', '2', [data('ab'), headersFrame(1, hpackHeader('x-a', 'b'))]],
  ['nothing', '', '0', [data('', endStream)]],
];

describe('a request of HTTP/2 whose length is announced, to an API of HTTP/1.1', () => {
  let api: Server;
  let world: PipelineWorld;
  let bodies: string[] = [];

  beforeAll(async () => {
    api = createServer((request, response) => {
      let text = '';
      request.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        bodies.push(text);
        response.end();
      });
      request.on('error', () => bodies.push('cut'));
    });
    await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
    const { port } = api.address() as AddressInfo;
    world = await startPipelineWorld({ apis: [{ id: 'api', name: 'API', upstream: `http://127.0.0.1:${port}` }] });
  });
  afterAll(async () => {
    await world?.close();
    api?.closeAllConnections();
    api?.close();
  });

  /** Returns the connection, with all of it sent. */
  async function send(path: string, length: string, writes: readonly Buffer[]): ReturnType<typeof rawHttp2> {
    bodies = [];
    const raw = await rawHttp2(world.port('api'));
    raw.write(
      headersFrame(
        1,
        Buffer.concat([requestHead('POST', path, raw.authority), hpackHeader('content-length', length)]),
        false,
      ),
    );
    for (const bytes of writes) {
      await wait(60);
      raw.write(bytes);
    }
    return raw;
  }

  it.each(broken)('with %s is never whole for the API', async (_what, length, writes) => {
    const raw = await send('/broken', length, writes);
    await expect
      .poll(() => world.decisions(1)[0])
      .toMatchObject({ record: { path: '/broken' }, outcome: { outcome: expect.stringMatching(/aborted|unknown/) } });
    expect(bodies.filter((body) => body !== 'cut')).toEqual([]);
    raw.socket.destroy();
  });

  it.each(sound)('with its body %s arrives whole', async (_what, body, length, writes) => {
    const raw = await send('/sound', length, writes);
    await expect
      .poll(() => world.decisions(1)[0])
      .toMatchObject({ record: { path: '/sound' }, outcome: { outcome: 'completed', requestBytes: body.length } });
    expect(bodies).toEqual([body]);
    raw.socket.destroy();
  });
});
