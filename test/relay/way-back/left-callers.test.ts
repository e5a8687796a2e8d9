import { connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';
import { RawConnection } from '../pipeline/raw-connection.ts';
import { type RogueUpstream, startRogueUpstream } from '../pipeline/start-rogue-upstream.ts';
import { callBothWays } from './call-both-ways.ts';
import { type RawHttp2Upstream, startRawHttp2Upstream } from './start-raw-http2-upstream.ts';

describe('an exchange whose other side behaves oddly', () => {
  let rogue: RogueUpstream;
  let raw: RawHttp2Upstream;
  let late: Http2Server;
  let world: PipelineWorld;
  beforeAll(async () => {
    rogue = await startRogueUpstream();
    raw = await startRawHttp2Upstream();
    late = createServer();
    late.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      stream.resume();
      stream.once('end', () => {
        stream.respond({ ':status': 200 });
        stream.end('late');
      });
    });
    await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve));
    const lateUrl = `http://127.0.0.1:${(late.address() as AddressInfo).port}`;
    world = await startPipelineWorld({
      apis: [
        { id: 'rogue', name: 'Rogue', upstream: rogue.url },
        { id: 'raw', name: 'Raw', upstream: raw.url, protocol: 'http2', timeout_seconds: 1 },
        { id: 'late', name: 'Late', upstream: lateUrl, protocol: 'http2', timeout_seconds: 1 },
      ],
    });
  });
  afterAll(async () => {
    await world?.close();
    await rogue?.close();
    await raw?.close();
    late?.close();
  });

  it('is recorded to its end when the caller leaves behind pipelined requests', async () => {
    rogue.behave(({ socket, head }) => {
      if (head.startsWith('GET /second')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const connection = await RawConnection.open(world.port('rogue'));
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${world.port('rogue')}\r\n\r\n`;
    connection.write(get('/first') + get('/second'));
    await expect.poll(() => rogue.requests.length).toBe(2);
    connection.close();
    await expect
      .poll(() => world.decisions(2).map(({ outcome }) => outcome?.outcome))
      .toEqual([expect.stringMatching(/aborted|unknown/), expect.stringMatching(/aborted|unknown/)]);
  });

  it.each(['FIN', 'RST'] as const)(
    'is over when the caller leaves in a refused WebSocket handshake by %s',
    async (how) => {
      rogue.behave(({ socket }) => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nfirst'));
      const connection = await RawConnection.open(world.port('rogue'));
      const lines = [
        'GET / HTTP/1.1',
        `Host: 127.0.0.1:${world.port('rogue')}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
      ];
      connection.write(
        [...lines, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n'),
      );
      await connection.waitForText('first');
      if (how === 'FIN') connection.close();
      else connection.socket.resetAndDestroy();
      await expect.poll(() => world.decisions(1)[0]?.outcome).toMatchObject({ outcome: 'aborted', status: 403 });
      await expect.poll(() => rogue.requests[0]?.socket.destroyed).toBe(true);
    },
  );

  it.each(['bad link', '', '</a>; rel="x y', '</a>\u00e4', '</a>, , </b>', '</a>; rel=preload'])(
    'gets through with a hint “%s” that waits for the answer before',
    async (link) => {
      rogue.behave(({ socket, head }) => {
        const isFirst = head.startsWith('GET /first');
        if (!isFirst) socket.write(Buffer.from(`HTTP/1.1 103 Early Hints\r\nLink: ${link}\r\n\r\n`, 'latin1'));
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), isFirst ? 200 : 400);
      });
      const connection = await RawConnection.open(world.port('rogue'));
      const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${world.port('rogue')}\r\n\r\n`;
      connection.write(get('/first') + get('/second'));
      const statuses: number[] = [];
      while (statuses.filter((status) => status === 200).length < 2) {
        statuses.push((await connection.readResponse()).status);
      }
      connection.close();
      expect(statuses).toEqual([200, 103, 200]);
    },
  );

  it('never hands a body over as whole whose rest the relay has read away', async () => {
    raw.behave((request) => {
      request.head('200');
      request.data('early', true);
    });
    const connection = await RawConnection.open(world.port('raw'));
    const host = `127.0.0.1:${world.port('raw')}`;
    connection.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`);
    expect(await connection.readResponse()).toMatchObject({ status: 200 });
    connection.write('4\r\nrest\r\n0\r\n\r\n');
    connection.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(await connection.readResponse()).toMatchObject({ status: 200 });
    expect(raw.bodyEnds).toEqual([8]);
    connection.close();
  });

  it.each(['HTTP/1.1', 'HTTP/2'])('never hands over as whole what a caller of %s broke off', async (protocol) => {
    raw.behave(() => undefined);
    const port = world.port('raw');
    if (protocol === 'HTTP/1.1') {
      const connection = await RawConnection.open(port);
      connection.write(
        `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`,
      );
      await expect.poll(() => raw.count).toBe(1);
      connection.close();
    } else {
      const session = connect(`http://127.0.0.1:${port}`);
      const stream = session.request({ ':path': '/', ':method': 'POST' });
      stream.on('error', () => undefined);
      stream.write('first');
      await expect.poll(() => raw.count).toBe(1);
      session.destroy();
    }
    await expect.poll(() => raw.bodyEnds).toEqual([8]);
  });

  it('has its time also when it is asked for once more', async () => {
    raw.behave((request) => {
      if (raw.count === 1) request.reset(7);
    });
    expect(await callBothWays(world.port('raw'), 'HTTP/1.1')).toMatchObject({ status: 504 });
    expect(raw.count).toBe(2);
  });

  it('goes on while its caller takes longer to send the body than the API may to answer', async () => {
    const connection = await RawConnection.open(world.port('late'));
    const host = `127.0.0.1:${world.port('late')}`;
    connection.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    connection.write('4\r\nrest\r\n0\r\n\r\n');
    expect(await connection.readResponse()).toMatchObject({ status: 200 });
    connection.close();
  });
});
