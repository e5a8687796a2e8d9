import { once } from 'node:events';
import { connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { RawConnection } from '../pipeline/raw-connection.ts';

// Node's client refuses to repeat these, with an exception; over HTTP/1.1 they pass as they are.
const names = [
  'Referer',
  'User-Agent',
  'Content-Type',
  'Authorization',
  'If-Modified-Since',
  'If-Match',
  'From',
  'Date',
  'Range',
  'Age',
  'Max-Forwards',
  'Cookie',
  'Accept',
  'constructor',
  'X-Any',
];

describe('an API of HTTP/2', () => {
  let upstream: Http2Server;
  let world: PipelineWorld;
  beforeAll(async () => {
    upstream = createServer({ strictSingleValueFields: false });
    upstream.on('stream', (stream: ServerHttp2Stream, _headers: unknown, _flags: unknown, raw: readonly string[]) => {
      stream.respond({ ':status': 200 });
      stream.end(JSON.stringify(raw));
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    world = await startPipelineWorld({ apis: [{ id: 'api', name: 'API', upstream: url, protocol: 'http2' }] });
  });
  afterAll(async () => {
    await world?.close();
    upstream?.close();
  });

  const valuesOf = (raw: string, name: string): string[] =>
    (JSON.parse(raw) as string[]).filter((_, index, all) => index % 2 === 1 && all[index - 1] === name.toLowerCase());

  it.each(names)('gets %s twice, as a caller of HTTP/1.1 sent it', async (name) => {
    const connection = await RawConnection.open(world.port('api'));
    connection.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${world.port('api')}\r\n${name}: a\r\n${name}: b\r\n\r\n`);
    const { status, body } = await connection.readResponse();
    connection.close();
    expect(status).toBe(200);
    expect(valuesOf(body.toString(), name)).toEqual(['a', 'b']);
  });

  it.each(names)('gets %s once, as a caller of HTTP/2 sent it', async (name) => {
    const session = connect(`http://127.0.0.1:${world.port('api')}`);
    const stream = session.request([':path', '/', ':method', 'GET', name.toLowerCase(), 'a'], { endStream: true });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    const body = await text(stream);
    session.destroy();
    expect(headers[':status']).toBe(200);
    expect(valuesOf(body, name)).toEqual(['a']);
  });
});
