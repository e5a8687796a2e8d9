import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startPipelineWorld, type AuditedDecision, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';
import { startRogueUpstream, type RogueRequest, type RogueUpstream } from './start-rogue-upstream.ts';

let rogue: RogueUpstream;
let world: PipelineWorld;
let host: string;

beforeAll(async () => {
  rogue = await startRogueUpstream();
  world = await startPipelineWorld({
    apis: [
      { id: 'rogue', name: 'Rogue', upstream: rogue.url, timeout_seconds: 1 },
      { id: 'nobody', name: 'Nobody', upstream: `http://127.0.0.1:${await freePort()}` },
    ],
  });
  host = `127.0.0.1:${world.port('rogue')}`;
});

afterAll(async () => {
  await world.close();
  await rogue.close();
});

const line = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;

/** One request on a connection of its own, and its answer. */
async function call(method = 'GET', path = '/x', more = ''): Promise<RawResponse> {
  const connection = await RawConnection.open(world.port('rogue'));
  try {
    connection.write(line(method, path, more));
    return await connection.readResponse(method);
  } finally {
    connection.close();
  }
}

function newest(): AuditedDecision {
  const [entry] = world.decisions(1);
  if (entry === undefined) throw new Error('The audit is empty');
  return entry;
}

const says =
  (bytes: string) =>
  ({ socket }: RogueRequest): void =>
    void socket.write(Buffer.from(bytes, 'latin1'));
const fine = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('an upstream that speaks broken HTTP', () => {
  it.each([
    ['a line break folded into a header', 'HTTP/1.1 200 OK\r\nX-A: b\r\n Set-Cookie: c=d\r\nContent-Length: 0\r\n\r\n'],
    ['a bare CR in a header', 'HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n'],
    ['NUL in a header', 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 0\r\n\r\n'],
    ['a malformed status line', 'HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n'],
    ['no status line at all', 'hello\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a status beyond three digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length that isn’t a number', 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nab'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 0\r\n\r\n'],
    ['headers beyond any measure', `HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(200_000)}\r\nContent-Length: 0\r\n\r\n`],
  ])('with %s gives the caller 502 and nothing of it', async (_name, bytes) => {
    rogue.behave(says(bytes));
    const response = await call();
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body.toString())).toMatchObject({ code: 'upstream-protocol' });
    expect(response.headers['set-cookie']).toBeUndefined();
    expect(newest().record.effect).toBe('allow');
    rogue.behave(says(fine));
    expect((await call()).status).toBe(200);
  });

  it('with bytes behind its answer loses the connection, and the next caller gets an answer of their own', async () => {
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';
    rogue.behave(({ socket, head }) => socket.write(head.includes('/first') ? fine + poison : fine));
    const first = await call('GET', '/first');
    expect(first.body.toString()).toBe('ok');
    const [request] = rogue.requests;
    await expect.poll(() => request?.socket.destroyed).toBe(true);
    for (let count = 0; count < 5; count += 1) expect((await call('GET', '/next')).body.toString()).toBe('ok');
    expect(rogue.requests.slice(1).some(({ connection }) => connection === request?.connection)).toBe(false);
  });

  it('with bytes sent later, on the idle connection, does no harm either', async () => {
    rogue.behave(says(fine));
    await call();
    const [request] = rogue.requests;
    request?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison');
    await expect.poll(() => request?.socket.destroyed).toBe(true);
    expect((await call()).body.toString()).toBe('ok');
  });
});

describe('an upstream whose head is malformed behind its length', () => {
  it.each([
    ['a name with a space', 'X Foo: a', /Invalid header token/],
    ['a folded line', 'X-A: a\r\n  b', /after header value/],
    ['the length again', 'Content-Length: 2', /Duplicate Content-Length/],
    ['chunks as well', 'Transfer-Encoding: chunked', /Transfer-Encoding can't be present/],
    ['a control character', 'X-A: a\u0001b', /Invalid header value char/],
  ])('by %s is told by what it is', async (_what, second, said) => {
    rogue.behave(says(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${second}\r\n\r\nok`));
    const { status, body } = await call();
    expect(status).toBe(502);
    expect((JSON.parse(body.toString()) as { detail: string }).detail).toMatch(said);
  });
});

describe('an upstream that breaks off', () => {
  it.each([
    ['of known length, by a reset', 'Content-Length: 100\r\n\r\nhalf', 'reset'],
    ['of known length, by an orderly end', 'Content-Length: 100\r\n\r\nhalf', 'end'],
    ['in chunks, by a reset', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'reset'],
    ['in chunks, by an orderly end', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'end'],
    ['delimited by the end of the connection, by a reset', 'Connection: close\r\n\r\nhalf', 'reset'],
    ['with a malformed chunk', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'garbage'],
  ])(
    'inside a body %s: the caller can’t take the answer for whole, the audit says aborted',
    async (_name, rest, how) => {
      rogue.behave(says(`HTTP/1.1 200 OK\r\n${rest}`));
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(line('GET', '/half'));
      await connection.waitForText('half');
      const socket = rogue.requests[0]?.socket;
      if (how === 'reset') socket?.resetAndDestroy();
      else if (how === 'end') socket?.end();
      else socket?.write('zz\r\n');
      const ending = await connection.ended();
      // Without a length or a last chunk only a reset tells the caller that the answer isn’t whole.
      expect(ending === 'reset' || (await connection.readResponse()).whole === false).toBe(true);
      if (rest.startsWith('Connection')) expect(ending).toBe('reset');
      await expect.poll(() => newest().outcome?.outcome).toBe('aborted');
      connection.close();
    },
  );

  it('before any answer: the caller gets 502, and the audit doesn’t know the outcome', async () => {
    rogue.behave(({ socket }) => socket.destroy());
    const response = await call('POST', '/x', 'Content-Length: 0\r\n');
    expect(response.status).toBe(502);
    await expect.poll(() => newest().outcome?.outcome).toBe('unknown');
    expect(rogue.requests.length).toBe(1);
  });

  it('on a kept connection at the worst moment: a POST is sent once, never again', async () => {
    rogue.behave(says(fine));
    await call();
    rogue.behave(({ socket }) => socket.destroy());
    const response = await call('POST', '/once', 'Content-Length: 0\r\n');
    expect(response.status).toBe(502);
    expect(rogue.requests.map(({ head }) => head.split(' ', 2).join(' '))).toEqual(['POST /once']);
  });
});

describe('an upstream that can’t be had', () => {
  it('because nobody listens gives 502 that names it', async () => {
    const connection = await RawConnection.open(world.port('nobody'));
    connection.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${world.port('nobody')}\r\n\r\n`);
    const response = await connection.readResponse();
    expect(response.status).toBe(502);
    const problem: unknown = JSON.parse(response.body.toString());
    expect(problem).toMatchObject({ code: 'upstream-unreachable', detail: expect.stringContaining('ECONNREFUSED') });
    connection.close();
  });

  it('because it never answers gives 504, and the audit doesn’t know the outcome', async () => {
    rogue.behave(() => undefined);
    const response = await call('POST', '/hang', 'Content-Length: 0\r\n');
    expect(response.status).toBe(504);
    await expect.poll(() => newest().outcome?.outcome).toBe('unknown');
  });
});

describe('answers that HTTP allows', () => {
  it.each([
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\nX-Kept: b\r\n\r\n', 204],
    [
      '304 with a length',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nX-Kept: b\r\nContent-Length: 50\r\nETag: "1"\r\n\r\n',
      304,
    ],
    ['an answer to HEAD with a length', 'HEAD', 'HTTP/1.1 200 OK\r\nX-Kept: b\r\nContent-Length: 50\r\n\r\n', 200],
    ['a status without a phrase', 'GET', 'HTTP/1.1 200 \r\nX-Kept: b\r\nContent-Length: 0\r\n\r\n', 200],
    ['an unassigned status', 'GET', 'HTTP/1.1 599 Odd\r\nX-Kept: b\r\nContent-Length: 0\r\n\r\n', 599],
  ])('such as %s pass, and the connection goes on', async (_name, method, bytes, status) => {
    rogue.behave(says(bytes));
    const connection = await RawConnection.open(world.port('rogue'));
    for (let count = 0; count < 10; count += 1) {
      connection.write(line(method, '/allowed'));
      const response = await connection.readResponse(method);
      expect(response.status).toBe(status);
      // An answer that is complete before its record is durable is held as a whole, not in part.
      expect(response.headers['x-kept']).toBe('b');
      expect(response.body.length).toBe(0);
    }
    connection.close();
  });

  it('such as 1xx come before the answer and don’t take its place', async () => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload, </b>; rel="x y"\r\nX-Why: because\r\n\r\n';
    const upload = `HTTP/1.1 104 Upload\r\nLocation: ${rogue.url}/u/1\r\nContent-Length: 5\r\n\r\n`;
    rogue.behave(says(`${hint}${upload}HTTP/1.1 102 Processing\r\nX-Done: 10\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n${fine}`));
    const connection = await RawConnection.open(world.port('rogue'));
    connection.write(line('GET', '/early'));
    const statuses = [];
    const before: unknown[] = [];
    let response;
    do {
      response = await connection.readResponse();
      statuses.push(response.status);
      if (response.status < 200) before.push(response.headers);
    } while (response.status < 200);
    expect(statuses).toEqual([103, 104, 102, 200]);
    const location = `http://127.0.0.1:${world.port('rogue')}/u/1`;
    const link = '</a>; rel=preload, </b>; rel="x y"';
    expect(before).toEqual([{ link, 'x-why': 'because' }, { location }, { 'x-done': '10' }]);
    expect(response.body.toString()).toBe('ok');
    connection.close();
  });

  it('such as 1xx never come to a caller that speaks HTTP/1.0', async () => {
    rogue.behave(says(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${fine}`));
    const connection = await RawConnection.open(world.port('rogue'));
    connection.write(line('GET', '/early').replace('HTTP/1.1', 'HTTP/1.0'));
    expect((await connection.readResponse()).status).toBe(200);
    connection.close();
  });

  it('such as trailers pass behind the body', async () => {
    rogue.behave(
      says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n'),
    );
    const response = await call();
    expect(response).toMatchObject({ status: 200, trailers: { 'x-sum': '7' } });
  });

  it.each([
    ['are for the connection', 'Connection: x\r\nTransfer-Encoding: chunked\r\nUpgrade: x\r\nHTTP2-Settings: x\r\n'],
    ['came twice', 'ETag: "1"\r\nETag: "2"\r\n'],
  ])('such as trailers that %s harm nobody', async (_what, trailers) => {
    rogue.behave(
      says(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailers}X-Sum: 7\r\n\r\n`),
    );
    const expected = { ...(trailers.startsWith('ETag') ? { etag: '"1", "2"' } : {}), 'x-sum': '7' };
    expect((await call()).trailers).toEqual(expected);
  });

  it('such as large headers pass as they are', async () => {
    const value = 'v'.repeat(12_000);
    rogue.behave(says(`HTTP/1.1 200 OK\r\nX-Large: ${value}\r\nContent-Length: 0\r\n\r\n`));
    expect((await call()).headers['x-large']).toBe(value);
  });

  it('such as a body without a length end with the connection', async () => {
    rogue.behave(({ socket }) => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it'));
    expect((await call()).body.toString()).toBe('all of it');
  });
});

describe('an answer to a WebSocket handshake', () => {
  const handshake =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n';

  it.each([
    ['no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\nxx'],
    ['another protocol', `${switching}Upgrade: h2c\r\n\r\nxx`],
    ['another one besides', `${switching}Upgrade: websocket\r\nUpgrade: h2c\r\n\r\nxx`],
    ['another one in a list', `${switching}Upgrade: websocket, h2c\r\n\r\nxx`],
  ])('that switches to %s is 502, and its bytes go nowhere', async (_what, bytes) => {
    rogue.behave(says(bytes));
    const { status, body } = await call('GET', '/x', handshake);
    expect(status).toBe(502);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'upstream-protocol' });
    await expect.poll(() => newest().outcome).toMatchObject({ outcome: 'unknown', status: 502 });
  });

  it.each([
    ['in other letters', `${switching}upgrade: WebSocket\r\n\r\n`],
    ['behind 100 and 103', `HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\n\r\n${switching}Upgrade: websocket\r\n\r\n`],
  ])('that switches %s opens', async (_how, bytes) => {
    rogue.behave(says(bytes));
    expect((await call('GET', '/x', handshake)).status).toBe(101);
  });
});
