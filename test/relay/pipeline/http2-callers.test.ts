import { once } from 'node:events';
import { connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';
import { type RogueUpstream, startRogueUpstream } from './start-rogue-upstream.ts';

// Node refuses to send much of this in HTTP/2, and says so with an exception wherever the relay happens to be.
describe('a caller of HTTP/2', () => {
  let rogue: RogueUpstream;
  let multiplexed: Http2Server;
  let world: PipelineWorld;
  beforeAll(async () => {
    rogue = await startRogueUpstream();
    multiplexed = createServer({ strictSingleValueFields: false });
    multiplexed.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond([':status', '200', 'etag', '"1"', 'etag', '"2"'], { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
      stream.end('ok');
    });
    await new Promise<void>((resolve) => multiplexed.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(multiplexed.address() as AddressInfo).port}`;
    world = await startPipelineWorld({
      apis: [
        { id: 'rogue', name: 'Rogue', upstream: rogue.url },
        { id: 'multiplexed', name: 'Multiplexed', upstream: url, protocol: 'http2' },
      ],
    });
  });
  afterAll(async () => {
    await world?.close();
    await rogue?.close();
    multiplexed?.close();
  });

  async function call(api: string, headers: readonly string[] = []) {
    const host = `127.0.0.1:${world.port(api)}`;
    const session = connect(`http://${host}`);
    try {
      const stream = session.request([
        ':method',
        'GET',
        ':scheme',
        'http',
        ':authority',
        host,
        ':path',
        '/',
        ...headers,
      ]);
      const trailers: Record<string, unknown> = {};
      stream.once('trailers', (received: Record<string, unknown>) => Object.assign(trailers, received));
      const [, , raw] = (await once(stream, 'response')) as [unknown, unknown, readonly string[]];
      return { raw, body: await text(stream), trailers: Object.fromEntries(Object.entries(trailers)) };
    } finally {
      session.destroy();
    }
  }

  const etags = ['etag', '"1"', 'etag', '"2"'];

  it.each([
    ['all at once', ''],
    ['its head first', 'head'],
  ])('gets an answer whose headers came twice or are for the connection, %s', async (_what, first) => {
    const head = 'HTTP/1.1 200 OK\r\nETag: "1"\r\nETag: "2"\r\nHTTP2-Settings: x\r\nContent-Length: 2\r\n\r\n';
    rogue.behave(({ socket }) => {
      socket.write(first === '' ? `${head}ok` : head);
      if (first !== '') setTimeout(() => socket.write('ok'), 200);
    });
    const { raw, body } = await call('rogue');
    expect(raw.join(' ')).toContain(etags.join(' '));
    expect(raw).not.toContain('http2-settings');
    expect(body).toBe('ok');
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['one part', ['cookie', 'a=1'], ['a=1']],
    ['three parts', ['cookie', 'a=1', 'x-a', 'b', 'cookie', 'b=2', 'cookie', 'c=3'], ['a=1; b=2; c=3']],
    ['none', ['x-a', 'b'], []],
  ])('that sends Cookie in %s has it in one line at the API', async (_what, sent, expected) => {
    rogue.behave(({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    await call('rogue', sent);
    const lines = rogue.requests[0]?.head.split('\r\n') ?? [];
    expect(lines.filter((line) => /^cookie:/i.test(line))).toEqual(expected.map((value) => `cookie: ${value}`));
  });

  it('gets 102 and 103 before the answer, with what stands in them', async () => {
    const hints =
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload, </b>\r\nX-Why: so\r\nX-Why: too\r\n\r\n';
    rogue.behave(({ socket }) => socket.write(`${hints}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`));
    const session = connect(`http://127.0.0.1:${world.port('rogue')}`);
    const stream = session.request({ ':path': '/' });
    const seen: unknown[] = [];
    stream.on('headers', (headers) => seen.push({ ...headers }));
    const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(head[':status']).toBe(200);
    expect(seen).toMatchObject([
      { ':status': 102 },
      { ':status': 103, link: '</a>; rel=preload, </b>', 'x-why': 'so, too' },
    ]);
    expect(await text(stream)).toBe('ok');
    session.destroy();
  });

  it('gets trailers without those that HTTP/2 has no place for', async () => {
    const trailers =
      'Connection: x\r\nTransfer-Encoding: chunked\r\nHTTP2-Settings: x\r\nETag: 1\r\nETag: 2\r\nX-Sum: 7\r\n';
    rogue.behave(({ socket }) =>
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailers}\r\n`),
    );
    expect(await call('rogue')).toMatchObject({ body: 'ok', trailers: { etag: '1, 2', 'x-sum': '7' } });
  });

  it('gets what an upstream of HTTP/2 sends twice', async () => {
    const { raw, body, trailers } = await call('multiplexed');
    expect(raw.join(' ')).toContain(etags.join(' '));
    expect(body).toBe('ok');
    expect(trailers).toMatchObject({ 'x-sum': '7' });
    await expect.poll(() => world.decisions(1)[0]?.outcome?.outcome).toBe('completed');
  });
});
