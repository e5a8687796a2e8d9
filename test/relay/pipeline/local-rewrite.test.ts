import { connect, createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';

let echo: EchoUpstream;
let second: Http2Server;
let world: PipelineWorld;

/** What an upstream that doesn’t know of local addresses says. */
const answerOf = (origin: string): Record<string, string> => ({
  location: `${origin}/v1/orders?page=2`,
  'set-cookie': 'session=1; Domain=internal.example; Path=/; Secure',
  'access-control-allow-origin': origin,
});

beforeAll(async () => {
  echo = await startEcho({
    answer: ({ response }) => {
      response.writeHead(302, answerOf(echo.url)).end();
      return true;
    },
  });
  second = createServer((request, response) => {
    response.writeHead(302, answerOf(`http://${request.headers[':authority']}`)).end();
  });
  second.listen(0, '127.0.0.1');
  await once(second, 'listening');
  const http2 = `http://127.0.0.1:${(second.address() as AddressInfo).port}`;
  const everything = { redirects: true, cookies: true, cors: true };
  world = await startPipelineWorld({
    apis: [
      { id: 'usual', name: 'Usual', upstream: echo.url },
      { id: 'all', name: 'All', upstream: echo.url, rewrite: everything },
      { id: 'none', name: 'None', upstream: echo.url, rewrite: { redirects: false } },
      { id: 'second', name: 'HTTP/2', upstream: http2, protocol: 'http2', rewrite: everything },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
  second.close();
});

const local = (api: string): string => `http://127.0.0.1:${world.port(api)}`;

async function headersOf(api: string): Promise<Headers> {
  const response = await fetch(`${local(api)}/moved`, { redirect: 'manual' });
  expect(response.status).toBe(302);
  return response.headers;
}

describe('an answer that names the upstream', () => {
  it('leads back to the local address by itself, and is else as it came', async () => {
    const headers = await headersOf('usual');
    expect(headers.get('location')).toBe(`${local('usual')}/v1/orders?page=2`);
    expect(headers.getSetCookie()).toEqual([answerOf(echo.url)['set-cookie']]);
    expect(headers.get('access-control-allow-origin')).toBe(echo.url);
  });

  it('names the local address in cookies and CORS headers too, where the API asks for that', async () => {
    const headers = await headersOf('all');
    expect(headers.get('location')).toBe(`${local('all')}/v1/orders?page=2`);
    expect(headers.getSetCookie()).toEqual(['session=1; Path=/']);
    expect(headers.get('access-control-allow-origin')).toBe(local('all'));
  });

  it('stays as it came where the API wants that', async () => {
    expect((await headersOf('none')).get('location')).toBe(`${echo.url}/v1/orders?page=2`);
  });

  it('is rewritten over HTTP/2 as well', async () => {
    const session = connect(local('second'));
    const stream = session.request({ ':path': '/moved' });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.close();
    session.close();
    expect(headers).toMatchObject({
      location: `${local('second')}/v1/orders?page=2`,
      'set-cookie': ['session=1; Path=/'],
      'access-control-allow-origin': local('second'),
    });
  });
});
