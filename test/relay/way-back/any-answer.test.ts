import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:http2';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { RawConnection } from '../pipeline/raw-connection.ts';
import { type RogueUpstream, startRogueUpstream } from '../pipeline/start-rogue-upstream.ts';
import { type CallerProtocol, callBothWays } from './call-both-ways.ts';

const callers: readonly CallerProtocol[] = ['HTTP/1.1', 'HTTP/2'];
const megabyte = 1024 * 1024;

describe('an answer', () => {
  let rogue: RogueUpstream;
  let server: Server;
  let world: PipelineWorld;
  beforeAll(async () => {
    rogue = await startRogueUpstream();
    server = createServer((_request, response) => {
      response.write('{"first":1,');
      setTimeout(() => response.end('"second":2}'), 300);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const slowUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    world = await startPipelineWorld({
      apis: [
        { id: 'rogue', name: 'Rogue', upstream: rogue.url },
        { id: 'slow', name: 'Slow', upstream: slowUrl },
        { id: 'small', name: 'Small', upstream: rogue.url, max_body_bytes: 1000 },
      ],
    });
  });
  afterAll(async () => {
    await world?.close();
    await rogue?.close();
    server?.close();
  });

  const outcome = () => world.decisions(1)[0]?.outcome;
  const hostOf = (api: string) => `127.0.0.1:${world.port(api)}`;

  describe.each(callers)('to a caller of %s', (caller) => {
    it('has all that came before its record was durable', async () => {
      for (let round = 0; round < 20; round += 1) {
        const seen = await callBothWays(world.port('slow'), caller);
        expect(seen).toMatchObject({ status: 200, whole: true, body: '{"first":1,"second":2}' });
      }
    });

    it('has each of 20,000 rows', async () => {
      const rows = Array.from({ length: 20_000 }, (_, row) => `row ${row}\n`);
      rogue.behave(({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (const row of rows) socket.write(`${row.length.toString(16)}\r\n${row}\r\n`);
        socket.write('0\r\n\r\n');
      });
      const { body, whole } = await callBothWays(world.port('rogue'), caller);
      expect(whole).toBe(true);
      expect(body).toBe(rows.join(''));
    });

    it.each(['Content-Length: 4\r\n', 'content-length: 0\r\n', ''])(
      'that is a 204 comes without a length, whatever the API says of it (%j)',
      async (length) => {
        rogue.behave(({ socket }) => socket.write(`HTTP/1.1 204 No Content\r\n${length}X-Kept: yes\r\n\r\n`));
        const seen = await callBothWays(world.port('rogue'), caller);
        expect(seen).toMatchObject({ status: 204, whole: true, body: '' });
        await expect.poll(outcome).toMatchObject({ outcome: 'completed', status: 204 });
      },
    );

    it.each(['gzip, chunked', 'chunked, gzip', 'identity', 'xchunked', 'chunked\r\nTransfer-Encoding: chunked'])(
      'that is coded for the transfer as %s is refused',
      async (coding) => {
        rogue.behave(({ socket }) =>
          socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
        );
        expect(await callBothWays(world.port('rogue'), caller)).toMatchObject({ status: 502 });
        await expect.poll(outcome).toMatchObject({ outcome: 'unknown', status: 502 });
      },
    );
  });

  it.each(['\xe4\xf6\xfc', 'a\xffb', '\xc3\xa4'])(
    'keeps the bytes of a header when its body comes later (%j)',
    async (value) => {
      rogue.behave(({ socket }) => {
        socket.write(Buffer.from(`HTTP/1.1 200 OK\r\nX-Name: ${value}\r\nContent-Length: 4\r\n\r\n`, 'latin1'));
        setTimeout(() => socket.write('body'), 50);
      });
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(`GET / HTTP/1.1\r\nHost: ${hostOf('rogue')}\r\n\r\n`);
      const { headers, body } = await connection.readResponse();
      connection.close();
      expect([headers['x-name'], body.toString()]).toEqual([value, 'body']);
    },
  );

  describe.each(callers)('with a file’s name to a caller of %s', (caller) => {
    it.each([
      ['UTF-8', Buffer.from('Müller 中.txt').toString('latin1')],
      ['Latin-1', 'M\xfcller.txt'],
      ['ASCII', 'Mueller.txt'],
    ])('keeps its bytes in %s, wherever it says its length', async (_encoding, name) => {
      const length = 'Content-Length: 4';
      const disposition = `Content-Disposition: attachment; filename="${name}"`;
      for (const lines of [
        [length, disposition],
        [disposition, length],
      ]) {
        rogue.behave(({ socket }) =>
          socket.write(Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\nbody`, 'latin1')),
        );
        const { status, headers, body } = await callBothWays(world.port('rogue'), caller);
        expect([status, body]).toEqual([200, 'body']);
        expect(headers['content-disposition']).toBe(`attachment; filename="${name}"`);
        expect(headers['content-length']).toBe('4');
      }
    });
  });

  it.each([
    ['a length', 'Content-Length: 4\r\n\r\nbody'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n'],
    ['nothing', 'Content-Length: 0\r\n\r\n'],
  ])('to pipelined requests stays in one piece behind 103s (%s)', async (_framing, rest) => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </style>; rel=preload\r\n\r\n'.repeat(2);
    rogue.behave(({ socket, head }) => {
      const answer = `${hints}HTTP/1.1 200 OK\r\n${rest}`;
      if (head.startsWith('GET /first')) setTimeout(() => socket.write(answer), 100);
      else socket.write(answer);
    });
    const connection = await RawConnection.open(world.port('rogue'));
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${hostOf('rogue')}\r\n\r\n`;
    connection.write(get('/first') + get('/second') + get('/third'));
    const finals: string[] = [];
    while (finals.length < 3) {
      const { status, body } = await connection.readResponse();
      if (status !== 103) finals.push(`${status} ${body.toString()}`);
    }
    connection.close();
    expect(finals).toEqual(Array(3).fill(rest.includes('body') ? '200 body' : '200 '));
    expect(connection.received).toHaveLength(0);
  });

  it('that an HTTP/2 caller has as a whole is recorded as completed, also when it leaves at once', async () => {
    rogue.behave(({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1'));
    for (let round = 0; round < 10; round += 1) {
      const session = connect(`http://${hostOf('rogue')}`);
      const streams = Array.from({ length: 5 }, () =>
        session.request({ ':method': 'POST', ':path': `/round/${round}` }),
      );
      for (const stream of streams) stream.resume().end('body');
      await Promise.all(streams.map((stream) => once(stream, 'close')));
      session.destroy();
    }
    const outcomes = () =>
      world.decisions(50).map(({ record, outcome: ended }) => record.path.startsWith('/round/') && ended?.outcome);
    await expect.poll(outcomes).toEqual(Array(50).fill('completed'));
  });

  it.each([
    ['UTF-8', Buffer.from('Zugriff verweigert für İstanbul 中'), 'Zugriff verweigert für İstanbul 中'],
    ['Latin-1', Buffer.from('Zugriff verweigert f\xfcr', 'latin1'), 'Forbidden'],
    ['ASCII', Buffer.from('No way'), 'No way'],
    ['nothing', Buffer.from(''), ''],
  ])('with a reason phrase in %s passes', async (_encoding, phrase, expected) => {
    rogue.behave(({ socket }) => {
      socket.write(
        Buffer.concat([Buffer.from('HTTP/1.1 403 '), phrase, Buffer.from('\r\nContent-Length: 2\r\n\r\nno')]),
      );
    });
    const connection = await RawConnection.open(world.port('rogue'));
    connection.write(`POST / HTTP/1.1\r\nHost: ${hostOf('rogue')}\r\nContent-Length: 0\r\n\r\n`);
    const answer = await connection.readResponse();
    connection.close();
    expect(answer.status).toBe(403);
    expect(Buffer.from(answer.reason, 'latin1').toString()).toBe(expected);
    expect(answer.body.toString()).toBe('no');
  });

  describe('before the request’s body is read', () => {
    const refusal = 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 5\r\n\r\nlarge';
    const post = (api: string, bytes: number, more = ''): string =>
      `POST /upload HTTP/1.1\r\nHost: ${hostOf(api)}\r\nContent-Length: ${bytes}\r\n${more}\r\n`;

    it('leaves the connection to the next request when the body ends', async () => {
      rogue.behave(({ socket, head }) => socket.write(head.startsWith('POST') ? refusal : 'HTTP/1.1 204 No\r\n\r\n'));
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(post('rogue', megabyte));
      connection.write(Buffer.alloc(1000));
      expect(await connection.readResponse()).toMatchObject({ status: 413 });
      connection.write(Buffer.alloc(megabyte - 1000));
      connection.write(`GET /next HTTP/1.1\r\nHost: ${hostOf('rogue')}\r\n\r\n`);
      expect(await connection.readResponse()).toMatchObject({ status: 204 });
      connection.close();
    });

    it.each([
      ['Connection: close', 'close'],
      ['connection: x-other, Close', 'close'],
      ['Connection: keep-alive', 'keep-alive'],
    ])('tells the caller whether the API takes more on the connection (%s)', async (said, expected) => {
      rogue.behave(({ socket }) => socket.write(refusal.replace('\r\n', `\r\n${said}\r\n`)));
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(post('rogue', megabyte));
      connection.write(Buffer.alloc(1000));
      const { status, headers } = await connection.readResponse();
      expect([status, headers['connection']]).toEqual([413, expected]);
      connection.close();
    });

    it('reaches a caller that writes on for longer than a silent one is waited for', async () => {
      rogue.behave(({ socket }) => socket.write(refusal.replace('\r\n', '\r\nConnection: close\r\n')));
      const connection = await RawConnection.open(world.port('rogue'));
      connection.socket.pause();
      connection.write(post('rogue', 10_000));
      for (let second = 0; second < 4; second += 0.5) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        connection.write(Buffer.alloc(1000));
      }
      connection.socket.resume();
      expect(await connection.readResponse()).toMatchObject({ status: 413, whole: true });
      connection.close();
    });

    it.each([
      ['of the API', 'rogue'],
      ['of the relay’s own limit', 'small'],
    ])('reaches a caller that writes 20 MB first (%s)', async (_whose, api) => {
      rogue.behave(({ socket }) => socket.write(refusal));
      const connection = await RawConnection.open(world.port(api));
      connection.write(post(api, 20 * megabyte));
      await new Promise<void>((resolve) => connection.socket.write(Buffer.alloc(20 * megabyte), () => resolve()));
      expect(await connection.readResponse()).toMatchObject({ status: 413, whole: true });
      connection.close();
    });

    it('is asked for by 100 (Continue) when the API asks for it', async () => {
      rogue.behave(({ socket }) => {
        socket.write('HTTP/1.1 100 Continue\r\n\r\n');
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
      });
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(post('rogue', 4, 'Expect: 100-continue\r\n'));
      expect(await connection.readResponse()).toMatchObject({ status: 100 });
      connection.write('body');
      expect(await connection.readResponse()).toMatchObject({ status: 200 });
      connection.close();
    });

    it('from an API that can’t be reached is 502 without 100 (Continue)', async () => {
      await world.configure((config) => ({
        ...config,
        apis: config.apis.map((api) => (api.id === 'slow' ? { ...api, upstream: 'http://127.0.0.1:1' } : api)),
      }));
      const connection = await RawConnection.open(world.port('slow'));
      connection.write(post('slow', 4, 'Expect: 100-continue\r\n'));
      expect(await connection.readResponse()).toMatchObject({ status: 502 });
      connection.close();
    });
  });

  describe('to a WebSocket handshake', () => {
    it.each([
      ['401', 'WWW-Authenticate: Basic realm="x"'],
      ['403', 'X-Why: because'],
      ['302', 'Location: /login'],
      ['429', 'Retry-After: 7'],
      ['200', 'X-Plain: yes'],
      ['503', 'Retry-After: 1'],
    ])('that refuses it with %s passes whole', async (status, header) => {
      rogue.behave(({ socket }) => socket.end(`HTTP/1.1 ${status} No\r\n${header}\r\nContent-Length: 3\r\n\r\nwhy`));
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(handshake(hostOf('rogue')));
      const answer = await connection.readResponse();
      expect(answer).toMatchObject({ status: Number(status), whole: true, headers: { connection: 'close' } });
      expect(answer.body.toString()).toBe('why');
      const [name = '', value = ''] = header.split(': ');
      expect(answer.headers[name.toLowerCase()]).toBe(value);
      await connection.ended();
      await expect.poll(outcome).toMatchObject({ outcome: 'completed', status: Number(status) });
      connection.close();
    });

    it('keeps bytes outside ASCII as they are in a 101', async () => {
      rogue.behave(({ socket }) => {
        const head = `HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Name: M\xfcller\r\n\r\n`;
        socket.write(Buffer.from(head, 'latin1'));
      });
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(handshake(hostOf('rogue')));
      expect(await connection.readResponse()).toMatchObject({ status: 101, headers: { 'x-name': 'M\xfcller' } });
      connection.close();
    });

    it.each([
      ['breaks off', ({ socket }: { socket: { destroy(): void } }) => socket.destroy()],
      ['speaks no HTTP', ({ socket }: { socket: { write(text: string): void } }) => socket.write('SSH-2.0-x\r\n')],
    ])('of an API that %s is 502', async (_what, behave) => {
      rogue.behave(behave);
      const connection = await RawConnection.open(world.port('rogue'));
      connection.write(handshake(hostOf('rogue')));
      expect(await connection.readResponse()).toMatchObject({ status: 502 });
      await connection.ended();
      await expect.poll(outcome).toMatchObject({ outcome: 'unknown', status: 502 });
      connection.close();
    });
  });

  it('of a safe request comes over another connection when the reused one has just been closed', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    rogue.behave(({ socket }) => {
      // The second request on a connection meets one that is being closed.
      if (rogue.requests.filter((request) => request.socket === socket).length > 1) socket.destroy();
      else socket.write(answer);
    });
    for (let round = 0; round < 4; round += 1)
      expect(await callBothWays(world.port('rogue'), 'HTTP/1.1')).toMatchObject({ status: 200, body: 'ok' });
    expect(await callBothWays(world.port('rogue'), 'HTTP/1.1', { method: 'DELETE' })).toMatchObject({ status: 502 });
  });
});

function handshake(host: string): string {
  return (
    `GET /socket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  );
}
