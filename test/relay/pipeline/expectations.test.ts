import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';
import { type RogueUpstream, startRogueUpstream } from './start-rogue-upstream.ts';

let rogue: RogueUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  rogue = await startRogueUpstream();
  world = await startPipelineWorld({
    apis: [
      { id: 'rogue', name: 'Rogue', upstream: `${rogue.url}/base`, host: 'api.example' },
      { id: 'quick', name: 'Quick', upstream: rogue.url, timeout_seconds: 2 },
      { id: 'small', name: 'Small', upstream: rogue.url, max_body_bytes: 5 },
    ],
  });
});

afterAll(async () => {
  await world?.close();
  await rogue?.close();
});

function post(api: string, ...lines: readonly string[]): string {
  const head = ['POST /x HTTP/1.1', `Host: 127.0.0.1:${world.port(api)}`, 'Expect: 100-continue', ...lines];
  return `${head.join('\r\n')}\r\n\r\n`;
}

async function open(api: string, ...lines: readonly string[]): Promise<RawConnection> {
  const connection = await RawConnection.open(world.port(api));
  connection.write(post(api, ...lines));
  return connection;
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('an API that is asked by Expect: 100-continue', () => {
  it.each([
    ['401 Unauthorized', 'WWW-Authenticate: Basic realm="x"'],
    ['403 Verboten für Käthe', 'X-Why: because'],
    ['413 Content Too Large', 'Connection: close'],
    ['417 Expectation Failed', 'X-Why: no'],
    ['307 Temporary Redirect', 'Location: /elsewhere'],
    ['200 OK', 'X-Why: needs no body'],
  ])('is heard before the body is asked for: %s', async (status, header) => {
    rogue.behave(({ socket }) => {
      socket.write(Buffer.from(`HTTP/1.1 ${status}\r\n${header}\r\nContent-Length: 3\r\n\r\nwhy`, 'utf8'));
    });
    const connection = await open('rogue', 'Content-Length: 5');
    const answer = await connection.readResponse();
    expect([answer.status, answer.body.toString()]).toEqual([Number(status.slice(0, 3)), 'why']);
    expect(Buffer.from(answer.reason, 'latin1').toString('utf8')).toBe(status.slice(4));
    // The caller may keep its body or send it now.
    expect(answer.headers['connection']).toBe('close');
    expect(rogue.requests[0]?.head).toMatch(/^POST \/base\/x HTTP\/1.1\r\n/);
    expect(rogue.requests[0]?.head).toMatch(/\r\nHost: api\.example\r\n/i);
    expect(rogue.requests[0]?.head).toMatch(/\r\nExpect: 100-continue\r\n/i);
    connection.close();
    await expect.poll(() => world.decisions(20)[0]?.outcome).toMatchObject({ outcome: 'completed', requestBytes: 0 });
  });

  it.each([
    ['by its length', 'Content-Length: 5', 'hello', 'hello'],
    ['in chunks', 'Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n'],
  ])('gets the body once it takes it, %s', async (_how, framing, sent, gets) => {
    rogue.behave(({ socket }) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
      let body = '';
      socket.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
        if (body === gets) socket.write(ok);
      });
    });
    const connection = await open('rogue', framing);
    expect((await connection.readResponse()).status).toBe(103);
    expect((await connection.readResponse()).status).toBe(100);
    connection.write(sent);
    expect(await connection.readResponse()).toMatchObject({ status: 200, whole: true });
    // The next request of the connection goes its ordinary way.
    rogue.behave(({ socket }) => socket.write(ok));
    connection.write(`GET /next HTTP/1.1\r\nHost: 127.0.0.1:${world.port('rogue')}\r\n\r\n`);
    expect((await connection.readResponse()).status).toBe(200);
    connection.close();
  });

  it('that says nothing gets the body after a second', async () => {
    rogue.behave(({ socket }) => socket.once('data', () => socket.write(ok)));
    const connection = await open('rogue', 'Content-Length: 5');
    expect((await connection.readResponse()).status).toBe(100);
    connection.write('hello');
    expect((await connection.readResponse()).status).toBe(200);
    connection.close();
  });

  it.each<[string, string, (socket: Socket) => unknown, number, string]>([
    ['ends without a word', 'rogue', (socket) => socket.end(), 502, 'broke off'],
    ['answers what isn’t HTTP', 'rogue', (socket) => socket.write('220 mail.example\r\n'), 502, 'isn’t valid HTTP'],
    [
      'sends a head without end',
      'rogue',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}\r\n`),
      502,
      'max_answer_header_bytes',
    ],
    [
      'switches unasked',
      'rogue',
      (socket) => socket.write('HTTP/1.1 101 No\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      502,
      'broke off',
    ],
  ])('and %s is 502', async (_what, api, behave, status, says) => {
    rogue.behave(({ socket }) => behave(socket));
    const connection = await open(api, 'Content-Length: 5');
    const answer = await connection.readResponse();
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toContain(says);
    connection.close();
  });

  it('and takes the body but answers late is 504', async () => {
    rogue.behave(() => undefined);
    const connection = await open('quick', 'Content-Length: 5');
    expect((await connection.readResponse()).status).toBe(100);
    connection.write('hello');
    expect((await connection.readResponse()).status).toBe(504);
    connection.close();
  });

  it('whose answer breaks off behind its head is cut for the caller', async () => {
    rogue.behave(({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    const connection = await open('rogue', 'Content-Length: 5');
    await connection.ended();
    await expect.poll(() => world.decisions(20)[0]?.outcome?.outcome).toMatch(/^(?:aborted|unknown)$/);
    connection.close();
  });

  it('never sees a body beyond the bound, nor a caller that leaves as a whole one', async () => {
    const closed: Promise<unknown>[] = [];
    rogue.behave(({ socket }) => {
      closed.push(once(socket, 'close'));
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    });
    const large = await open('small', 'Transfer-Encoding: chunked');
    expect((await large.readResponse()).status).toBe(100);
    large.write('a\r\n0123456789\r\n');
    expect((await large.readResponse()).status).toBe(413);
    large.close();
    const leaving = await open('rogue', 'Content-Length: 5');
    expect((await leaving.readResponse()).status).toBe(100);
    leaving.write('hel');
    leaving.socket.resetAndDestroy();
    await expect.poll(() => closed.length).toBe(2);
    await Promise.all(closed);
    await expect.poll(() => world.decisions(20)[0]?.outcome?.outcome).toBe('unknown');
  });

  it('is asked by Node’s own client as directly', async () => {
    rogue.behave(({ socket }) => socket.write('HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n'));
    const headers = { Expect: '100-continue', 'Content-Length': 5 };
    const asking = httpRequest({ port: world.port('rogue'), method: 'POST', path: '/x', headers });
    asking.on('error', () => undefined);
    const onContinue = once(asking, 'continue').then(() => 'asked for the body');
    const answered = once(asking, 'response').then(([answer]) => (answer as { statusCode: number }).statusCode);
    expect(await Promise.race([onContinue, answered])).toBe(417);
    asking.destroy();
  });
});

describe('an API of HTTP/2 that is asked by Expect: 100-continue', () => {
  const seen: { readonly expect: string | undefined; body: string }[] = [];
  const multiplexed = createHttp2Server();
  multiplexed.on('stream', (stream: ServerHttp2Stream, headers) => {
    const one = { expect: headers.expect, body: '' };
    seen.push(one);
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => (one.body += chunk.toString()));
    if (headers[':path'] === '/refuses') {
      stream.respond({ ':status': 413 });
      stream.end('why');
      return;
    }
    if (headers[':path'] === '/asks') stream.additionalHeaders({ ':status': 100 });
    stream.once('end', () => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => multiplexed.listen(0, '127.0.0.1', () => resolve()));
    const upstream = `http://127.0.0.1:${(multiplexed.address() as AddressInfo).port}`;
    await world.configure((config) => ({
      ...config,
      apis: config.apis.map((api) => (api.id === 'quick' ? { ...api, upstream, protocol: 'http2' as const } : api)),
    }));
  });

  afterAll(() => void multiplexed.close());
  beforeEach(() => void seen.splice(0));

  const ask = async (path: string): Promise<RawConnection> => {
    const connection = await RawConnection.open(world.port('quick'));
    connection.write(post('quick', 'Content-Length: 5').replace('/x', path));
    return connection;
  };

  it('is heard before the body is asked for', async () => {
    const connection = await ask('/refuses');
    expect(await connection.readResponse()).toMatchObject({ status: 413, whole: true });
    expect(seen).toEqual([{ expect: '100-continue', body: '' }]);
    connection.close();
  });

  it.each(['/asks', '/silent'])('gets the body once it takes it, or after a second (%s)', async (path) => {
    const connection = await ask(path);
    expect((await connection.readResponse()).status).toBe(100);
    connection.write('hello');
    expect(await connection.readResponse()).toMatchObject({ status: 200, whole: true });
    expect(seen).toEqual([{ expect: '100-continue', body: 'hello' }]);
    connection.close();
  });
});
