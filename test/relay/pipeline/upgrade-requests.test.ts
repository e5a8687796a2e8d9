import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({
    apis: [
      { id: 'echo', name: 'Echo', upstream: echo.url },
      { id: 'reading', name: 'Reading', upstream: echo.url, rules: [{ name: 'reading', methods: ['GET'] }] },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

beforeEach(() => echo.clear());

const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

async function statusOf(requestLine: string, lines: readonly string[], body = '', api = 'echo'): Promise<number> {
  const connection = await RawConnection.open(world.port(api));
  try {
    const head = [requestLine, `Host: 127.0.0.1:${world.port(api)}`, ...lines];
    connection.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    return (await connection.readResponse(requestLine.split(' ')[0])).status;
  } finally {
    connection.close();
  }
}

describe('a WebSocket handshake', () => {
  it.each<[string, string, readonly string[], string]>([
    ['POST', 'POST /v1/x HTTP/1.1', ['Content-Length: 5'], 'hello'],
    ['POST without a body', 'POST /v1/x HTTP/1.1', [], ''],
    ['HEAD', 'HEAD /v1/x HTTP/1.1', [], ''],
    ['PUT', 'PUT /v1/x HTTP/1.1', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'],
    ['DELETE', 'DELETE /v1/x HTTP/1.1', [], ''],
    ['OPTIONS', 'OPTIONS /v1/x HTTP/1.1', [], ''],
    ['MOVE', 'MOVE /v1/x HTTP/1.1', [], ''],
    ['GET with a length', 'GET /v1/x HTTP/1.1', ['Content-Length: 5'], 'hello'],
    ['GET with chunks', 'GET /v1/x HTTP/1.1', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'],
  ])('by %s is 400, audited as what it was, and the upstream sees nothing', async (_what, line, lines, body) => {
    const smuggled = `GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1:${world.port('echo')}\r\n\r\n`;
    expect(await statusOf(line, [...handshake, ...lines], body + smuggled)).toBe(400);
    const [newest] = world.decisions(1);
    expect(newest?.record).toMatchObject({ effect: 'deny', method: line.split(' ')[0] });
    expect(echo.requests).toEqual([]);
  });

  it.each<[string, readonly string[], string, string]>([
    ['by its length', ['Content-Length: 5'], 'he', 'llo'],
    ['in chunks', ['Transfer-Encoding: chunked'], '5\r\nhe', 'llo\r\n0\r\n\r\n'],
    ['and never comes', ['Content-Length: 5'], '', ''],
  ])('whose body comes later, %s, is 400 all the same', async (_how, lines, first, second) => {
    const connection = await RawConnection.open(world.port('echo'));
    const head = ['POST /v1/x HTTP/1.1', `Host: 127.0.0.1:${world.port('echo')}`, ...handshake, ...lines];
    connection.write(`${head.join('\r\n')}\r\n\r\n${first}`);
    expect((await connection.readResponse('POST')).status).toBe(400);
    connection.write(second);
    connection.close();
    expect(world.decisions(1)[0]?.record).toMatchObject({ effect: 'deny', method: 'POST' });
    expect(echo.requests).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ['HTTP/1.0 has none', 'GET /v1/x HTTP/1.0', handshake],
    ['Connection doesn’t name it', 'GET /v1/x HTTP/1.1', handshake.slice(1)],
    ['it names two', 'GET /v1/x HTTP/1.1', [...handshake, 'Upgrade: websocket']],
    ['it names another first', 'GET /v1/x HTTP/1.1', ['Connection: Upgrade', 'Upgrade: h2c, websocket']],
  ])('is an ordinary request where %s', async (_why, line, lines) => {
    expect(await statusOf(line, lines)).toBe(200);
    expect(echo.requests).toMatchObject([{ method: 'GET', target: '/v1/x', upgrade: false }]);
    expect(echo.requests[0]?.headers['upgrade']).toBeUndefined();
  });

  it('that policy would refuse as POST isn’t let through as GET', async () => {
    expect(await statusOf('POST /v1/x HTTP/1.1', handshake, '', 'reading')).toBe(400);
    expect(echo.requests).toEqual([]);
  });

  it('by GET without a body opens, also with Content-Length: 0', async () => {
    expect(await statusOf('GET /v1/x HTTP/1.1', handshake)).toBe(101);
    expect(await statusOf('GET /v1/x HTTP/1.1', [...handshake, 'Content-Length: 0'])).toBe(101);
    expect(echo.requests).toMatchObject([{ upgrade: true }, { upgrade: true }]);
  });
});

it('CONNECT with a body that never comes is 405', async () => {
  const connection = await RawConnection.open(world.port('echo'));
  connection.write(`CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\nContent-Length: 5\r\n\r\n`);
  expect((await connection.readResponse()).status).toBe(405);
  connection.close();
});

describe('requests behind one that asks for a protocol that isn’t taken', () => {
  const head = (path: string, more: readonly string[] = []): string =>
    [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${world.port('echo')}`, ...more, '', ''].join('\r\n');

  it.each([
    ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAARAAAAA'],
    ['Upgrade: TLS/1.2', 'Connection: Upgrade'],
    ['UPGRADE: foo', 'CONNECTION: UPGRADE'],
    ['Upgrade: foo, bar/2', 'Connection: keep-alive, upgrade'],
  ])('are answered, too, in one write (%s)', async (...lines) => {
    const connection = await RawConnection.open(world.port('echo'));
    connection.write(
      `${head('/first')}${head('/asks', lines)}${head('/second')}${head('/asks-again', lines)}${head('/last')}`,
    );
    for (let answer = 0; answer < 5; answer += 1)
      expect(await connection.readResponse()).toMatchObject({ status: 200 });
    expect(echo.requests.map(({ target }) => target).toSorted()).toEqual([
      '/asks',
      '/asks-again',
      '/first',
      '/last',
      '/second',
    ]);
    connection.close();
  });

  it.each([1, 7, 50])('are answered, too, in writes of %d bytes', async (size) => {
    const bytes = Buffer.from(`${head('/asks', ['Upgrade: h2c', 'Connection: Upgrade'])}${head('/behind')}`);
    const connection = await RawConnection.open(world.port('echo'));
    for (let start = 0; start < bytes.length; start += size) connection.write(bytes.subarray(start, start + size));
    for (let answer = 0; answer < 2; answer += 1)
      expect(await connection.readResponse()).toMatchObject({ status: 200 });
    connection.close();
  });
});
