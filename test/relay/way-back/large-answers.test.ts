import { once } from 'node:events';
import { connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

const chunk = Buffer.alloc(65_536, 'x');
const chunks = 800;

let upstream: Http2Server;
let world: PipelineWorld;
beforeAll(async () => {
  upstream = createServer();
  upstream.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200 });
    Readable.from(Array.from({ length: chunks }, () => chunk)).pipe(stream);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  world = await startPipelineWorld({ apis: [{ id: 'large', name: 'Large', upstream: url, protocol: 'http2' }] });
});
afterAll(async () => {
  await world?.close();
  upstream?.close();
});

/** Reads with a pause after every few chunks, so that all sides have to wait for each other again and again. */
async function readInSteps(answer: Readable): Promise<number> {
  let bytes = 0;
  let seen = 0;
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    seen += 1;
    if (seen % 5 !== 0) return;
    answer.pause();
    setImmediate(() => answer.resume());
  });
  await once(answer, 'end');
  return bytes;
}

it('a large answer of an HTTP/2 API comes whole to a caller of HTTP/2 that reads in steps', async () => {
  const session = connect(`http://127.0.0.1:${world.port('large')}`);
  expect(await readInSteps(session.request({ ':path': '/' }))).toBe(chunk.length * chunks);
  session.destroy();
});

it('a large answer of an HTTP/2 API comes whole to a caller of HTTP/1.1 that reads in steps', async () => {
  const [answer] = (await once(get(`http://127.0.0.1:${world.port('large')}/`), 'response')) as [IncomingMessage];
  expect(await readInSteps(answer)).toBe(chunk.length * chunks);
});
