import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { exchangeUntilClose, RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;
let host: string;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
  host = `127.0.0.1:${world.port('echo')}`;
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

/** A request that would reach the upstream if it were taken for one. */
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n';
const post = (headers: string, body = ''): string => `POST /framed HTTP/1.1\r\nHost: HOST\r\n${headers}\r\n\r\n${body}`;
const get = (headers: string): string => `GET /framed HTTP/1.1\r\nHost: HOST\r\n${headers}\r\n\r\n`;
const manyHeaders = Array.from({ length: 10_000 }, (_, index) => `a${index}:b`).join('\r\n');

const refusals: readonly { name: string; status: number; bytes: string }[] = [
  {
    name: 'CL.TE: a length before chunks',
    status: 400,
    bytes: post('Content-Length: 6\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`),
  },
  {
    name: 'TE.CL: chunks before a length',
    status: 400,
    bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 4', `2c\r\n${smuggled}\r\n0\r\n\r\n`),
  },
  {
    name: 'TE.0: chunks and a length of zero',
    status: 400,
    bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 0', `2c\r\n${smuggled}\r\n0\r\n\r\n`),
  },
  {
    name: '0.CL: lengths zero and forty',
    status: 400,
    bytes: post('Content-Length: 0\r\nContent-Length: 40', smuggled),
  },
  { name: '0.CL by a folded length', status: 400, bytes: post('X: y\r\n Content-Length: 40', smuggled) },
  { name: 'two equal lengths', status: 400, bytes: post('Content-Length: 3\r\nContent-Length: 3', 'abc') },
  { name: 'two lengths in one header', status: 400, bytes: post('Content-Length: 3, 3', 'abc') },
  { name: 'a length with a sign', status: 400, bytes: post('Content-Length: +5', 'abcde') },
  { name: 'a negative length', status: 400, bytes: post('Content-Length: -5', 'abcde') },
  { name: 'a length with an underscore', status: 400, bytes: post('Content-Length: 1_0', 'abcdefghij') },
  { name: 'a hexadecimal length', status: 400, bytes: post('Content-Length: 0x5', 'abcde') },
  { name: 'an empty length', status: 400, bytes: post('Content-Length:', 'abcde') },
  { name: 'a length beyond 64 bits', status: 400, bytes: post('Content-Length: 18446744073709551617', 'a') },
  { name: 'chunked, identity', status: 400, bytes: post('Transfer-Encoding: chunked, identity', '0\r\n\r\n') },
  { name: 'identity alone', status: 400, bytes: post('Transfer-Encoding: identity', smuggled) },
  { name: 'gzip, chunked', status: 400, bytes: post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n') },
  {
    name: 'two Transfer-Encodings',
    status: 400,
    bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  },
  {
    name: 'Transfer-Encoding twice, the second unknown',
    status: 400,
    bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x', '0\r\n\r\n'),
  },
  { name: 'a vertical tab before chunked', status: 400, bytes: post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n') },
  {
    name: 'an underscore for the hyphen',
    status: 400,
    bytes: post('Content-Length: 5\r\nContent_Length : 0', 'abcde'),
  },
  { name: 'a space before the colon', status: 400, bytes: post('Content-Length : 5', 'abcde') },
  { name: 'a space before the colon of chunked', status: 400, bytes: post('Transfer-Encoding : chunked', '0\r\n\r\n') },
  { name: 'a tab before the colon', status: 400, bytes: get('X-A\t: b') },
  { name: 'an obsolete line fold', status: 400, bytes: get('X-A: b\r\n c') },
  { name: 'an obsolete line fold in chunked', status: 400, bytes: post('Transfer-Encoding:\r\n chunked', '0\r\n\r\n') },
  { name: 'white space before the first header', status: 400, bytes: 'GET /framed HTTP/1.1\r\n Host: HOST\r\n\r\n' },
  { name: 'a bare CR in a value', status: 400, bytes: get('X-A: b\rX-B: c') },
  { name: 'a bare LF between headers', status: 400, bytes: get('X-A: b\nX-B: c') },
  { name: 'bare LFs throughout', status: 400, bytes: 'GET /framed HTTP/1.1\nHost: HOST\n\n' },
  { name: 'a bare CR at the end of the head', status: 400, bytes: 'GET /framed HTTP/1.1\r\nHost: HOST\r\n\rX' },
  { name: 'NUL in a value', status: 400, bytes: get('X-A: b\0c') },
  { name: 'NUL in a name', status: 400, bytes: get('X-\0A: b') },
  { name: 'NUL in the target', status: 400, bytes: 'GET /fra\0med HTTP/1.1\r\nHost: HOST\r\n\r\n' },
  { name: 'an empty header name', status: 400, bytes: get(': b') },
  { name: 'a header without a colon', status: 400, bytes: get('X-A') },
  { name: 'no Host', status: 400, bytes: 'GET /framed HTTP/1.1\r\n\r\n' },
  { name: 'an empty Host', status: 403, bytes: 'GET /framed HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n' },
  { name: 'two Hosts', status: 400, bytes: get('Host: other.example') },
  { name: 'two equal Hosts', status: 400, bytes: get('Host: HOST') },
  {
    name: 'the absolute form with another authority',
    status: 400,
    bytes: 'GET http://other.example/framed HTTP/1.1\r\nHost: HOST\r\n\r\n',
  },
  {
    name: 'the absolute form with user information',
    status: 400,
    bytes: 'GET http://a@HOST/framed HTTP/1.1\r\nHost: HOST\r\n\r\n',
  },
  {
    name: 'the absolute form over https',
    status: 400,
    bytes: 'GET https://HOST/framed HTTP/1.1\r\nHost: HOST\r\n\r\n',
  },
  { name: 'the asterisk form', status: 400, bytes: 'OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n' },
  { name: 'CONNECT', status: 405, bytes: 'CONNECT other.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n' },
  { name: 'TRACE', status: 405, bytes: 'TRACE /framed HTTP/1.1\r\nHost: HOST\r\n\r\n' },
  { name: 'a method in small letters', status: 400, bytes: 'get /framed HTTP/1.1\r\nHost: HOST\r\n\r\n' },
  { name: 'an unknown method', status: 400, bytes: 'HACK /framed HTTP/1.1\r\nHost: HOST\r\n\r\n' },
  { name: 'HTTP/0.9', status: 505, bytes: 'GET /framed\r\n\r\n' },
  { name: 'HTTP/1.2', status: 400, bytes: 'GET /framed HTTP/1.2\r\nHost: HOST\r\n\r\n' },
  {
    name: 'HTTP/1.0 with chunks',
    status: 400,
    bytes: 'POST /framed HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  { name: 'HTTP/2 by words only', status: 505, bytes: 'GET /framed HTTP/2.0\r\nHost: HOST\r\n\r\n' },
  { name: 'a tab in the request line', status: 400, bytes: 'GET\t/framed HTTP/1.1\r\nHost: HOST\r\n\r\n' },
  { name: 'a TLS hello', status: 400, bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' },
  { name: '10,000 headers', status: 431, bytes: get(manyHeaders) },
  { name: 'a header block over the limit', status: 431, bytes: get(`X-A: ${'b'.repeat(40_000)}`) },
  { name: 'more headers than allowed', status: 431, bytes: get(manyHeaders.split('\r\n').slice(0, 250).join('\r\n')) },
  {
    name: 'a request line over the limit',
    status: 431,
    bytes: `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: HOST\r\n\r\n`,
  },
  {
    name: 'an expectation other than 100-continue',
    status: 417,
    bytes: post('Expect: 200-ok\r\nContent-Length: 1', 'a'),
  },
];

/** Well-formed heads, so allowed; the body shows that they can't be trusted. */
const brokenBodies: readonly { name: string; status: number; bytes: string }[] = [
  {
    name: 'a chunk size beyond 64 bits',
    status: 400,
    bytes: post('Transfer-Encoding: chunked', 'fffffffffffffffff\r\n'),
  },
  { name: 'a chunk size of 2^64-1', status: 400, bytes: post('Transfer-Encoding: chunked', 'ffffffffffffffff0\r\na') },
  { name: 'a chunk size with 0x', status: 400, bytes: post('Transfer-Encoding: chunked', '0x5\r\nabcde\r\n0\r\n\r\n') },
  { name: 'a negative chunk size', status: 400, bytes: post('Transfer-Encoding: chunked', '-5\r\nabcde\r\n0\r\n\r\n') },
  {
    name: 'a chunk size with a space',
    status: 400,
    bytes: post('Transfer-Encoding: chunked', '5 \r\nabcde\r\n0\r\n\r\n'),
  },
  {
    name: 'a chunk longer than said',
    status: 400,
    bytes: post('Transfer-Encoding: chunked', '3\r\nabcde\r\n0\r\n\r\n'),
  },
  { name: 'a chunk ended by LF', status: 400, bytes: post('Transfer-Encoding: chunked', '3\r\nabc\n0\r\n\r\n') },
  { name: 'a chunk size ended by LF', status: 400, bytes: post('Transfer-Encoding: chunked', '3\nabc\r\n0\r\n\r\n') },
  {
    name: 'a chunk extension with a bare LF',
    status: 400,
    bytes: post('Transfer-Encoding: chunked', `3;x\nabc\r\n0\r\n\r\n${smuggled}`),
  },
  {
    name: 'an endless chunk extension',
    status: 400,
    bytes: post('Transfer-Encoding: chunked', `5;${'x'.repeat(40_000)}\r\nabcde\r\n0\r\n\r\n`),
  },
];

describe('a request whose framing is ambiguous or malformed', () => {
  it.each(refusals)('$name is refused with $status, closed, recorded, and nothing behind it is read', async (row) => {
    echo.clear();
    const before = world.decisions(1)[0]?.seq ?? 0;
    const responses = await exchangeUntilClose(world.port('echo'), (row.bytes + smuggled).replaceAll('HOST', host));

    expect(responses.map(({ status }) => status)).toEqual([row.status]);
    expect(responses[0]?.headers['content-type']).toBe('application/problem+json');
    expect(responses[0]?.headers['connection']).toBe('close');
    const records = world.decisions(10).filter(({ seq }) => seq > before);
    expect(records.map(({ record }) => record.effect)).toEqual(['deny']);
    expect(records[0]?.record.caller.username).toBe('alice');
    expect(echo.requests).toEqual([]);
  });
});

describe('a request whose body is malformed', () => {
  it.each(brokenBodies)('$name: nothing goes upstream, the answer is $status, and the records say so', async (row) => {
    echo.clear();
    const before = world.decisions(1)[0]?.seq ?? 0;
    const responses = await exchangeUntilClose(world.port('echo'), (row.bytes + smuggled).replaceAll('HOST', host));

    expect(responses.map(({ status }) => status)).toEqual([row.status]);
    const records = world.decisions(10).filter(({ seq }) => seq > before);
    expect(records.map(({ record }) => record.effect)).toEqual(['deny', 'allow']);
    const allowed = () => world.decisions(10).find(({ seq }) => seq === records[1]?.seq);
    await expect.poll(() => allowed()?.outcome?.outcome).toBe('aborted');
    expect(echo.requests).toEqual([]);
  });

  it('and arrives bit by bit: the upstream never gets it as a whole request', async () => {
    echo.clear();
    const connection = await RawConnection.open(world.port('echo'));
    connection.write(post('Transfer-Encoding: chunked', '3\r\nabc\r\n').replaceAll('HOST', host));
    await expect.poll(() => echo.requests.length).toBe(1);
    connection.write(`zz\r\n${smuggled.replaceAll('HOST', host)}`);
    expect((await connection.readResponse()).status).toBe(400);
    await connection.ended();
    expect(echo.requests.map(({ target, body }) => ({ target, body }))).toEqual([{ target: '/framed', body: null }]);
    connection.close();
  });
});

describe('pipelined requests', () => {
  it('are answered in order', async () => {
    const connection = await RawConnection.open(world.port('echo'));
    connection.write([1, 2, 3].map((n) => `GET /in-order/${n} HTTP/1.1\r\nHost: ${host}\r\n\r\n`).join(''));
    for (const n of [1, 2, 3]) {
      const response = await connection.readResponse();
      expect(JSON.parse(response.body.toString())).toMatchObject({ target: `/in-order/${n}` });
    }
    connection.close();
  });

  it('end at the first malformed one: those before are answered, those behind never', async () => {
    echo.clear();
    const good = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const bad = `POST /bad HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    const connection = await RawConnection.open(world.port('echo'));
    connection.write(good('/before'));
    expect((await connection.readResponse()).status).toBe(200);
    connection.write(bad + good('/behind'));
    expect((await connection.readResponse()).status).toBe(400);
    await connection.ended();
    connection.write(good('/after'));
    expect(connection.received.length).toBe(0);
    expect(echo.requests.map(({ target }) => target)).toEqual(['/before']);
    connection.close();
  });

  it('in one packet with a malformed one get their own answers, in order, before its refusal', async () => {
    echo.clear();
    const good = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\n\r\nx`;
    const all = `${good('/first')}${good('/second')}BAD\r\n\r\n${good('/behind')}`;
    const responses = await exchangeUntilClose(world.port('echo'), all);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 400]);
    expect(responses.every(({ whole }) => whole)).toBe(true);
    expect(echo.requests.map(({ target }) => target).toSorted()).toEqual(['/first', '/second']);
  });

  it('behind a refused one that could not be trusted are neither answered, recorded nor forwarded', async () => {
    echo.clear();
    const before = world.decisions(1)[0]?.seq ?? 0;
    const trace = `TRACE / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const behind = `GET /behind HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const responses = await exchangeUntilClose(world.port('echo'), trace + behind.repeat(5));
    expect(responses.map(({ status }) => status)).toEqual([405]);
    expect(world.decisions(10).filter(({ seq }) => seq > before).length).toBe(1);
    expect(echo.requests).toEqual([]);
  });

  it('with an upgrade among them keep their order: the handshake is answered last', async () => {
    const slow = `POST /slow HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\n\r\nx`;
    const upgrade =
      `GET /socket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    const connection = await RawConnection.open(world.port('echo'));
    connection.write(slow + upgrade);
    expect((await connection.readResponse()).status).toBe(200);
    expect((await connection.readResponse()).status).toBe(101);
    connection.close();
  });
});

describe('a well-formed request with unusual parts', () => {
  it('named __proto__ in a header passes it on and changes nothing', async () => {
    echo.clear();
    const connection = await RawConnection.open(world.port('echo'));
    connection.write(`GET /proto HTTP/1.1\r\nHost: ${host}\r\n__proto__: polluted\r\nconstructor: x\r\n\r\n`);
    expect((await connection.readResponse()).status).toBe(200);
    expect(echo.requests[0]?.rawHeaders).toContain('polluted');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    connection.close();
  });

  it('in the absolute form of its own authority goes upstream in the origin form', async () => {
    echo.clear();
    const connection = await RawConnection.open(world.port('echo'));
    connection.write(`GET http://${host}/absolute?a=1 HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect((await connection.readResponse()).status).toBe(200);
    expect(echo.requests[0]?.target).toBe('/absolute?a=1');
    connection.close();
  });

  it('loses trailers, so that none can set Authorization behind the decision', async () => {
    echo.clear();
    const connection = await RawConnection.open(world.port('echo'));
    connection.write(
      `POST /trailers HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n` +
        '3\r\nabc\r\n0\r\nAuthorization: Bearer stolen\r\nX-Causeway-Identity: forged\r\n\r\n',
    );
    const response = await connection.readResponse();
    expect(JSON.parse(response.body.toString())).toMatchObject({ body: { bytes: 3 } });
    expect(JSON.stringify(echo.requests)).not.toMatch(/stolen|forged/);
    connection.close();
  });
});

describe('a refused caller that never closes its side', () => {
  it('loses the connection nevertheless, after time enough to read the answer', async () => {
    const connection = await RawConnection.open(world.port('echo'));
    connection.write('BAD\r\n\r\n');
    expect((await connection.readResponse()).status).toBe(400);
    await connection.ended();
    // Seldom enough to be silent in between.
    await vi.waitFor(
      () => {
        connection.write('x');
        expect(connection.socket.closed).toBe(true);
      },
      { timeout: 30_000, interval: 3000 },
    );
  });
});
