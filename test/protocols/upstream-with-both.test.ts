import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type PipelineWorld, startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { RawConnection } from '../relay/pipeline/raw-connection.ts';
import { makeDemoCertificates } from '../support/demo-certificates.ts';

// As nginx, Envoy and most others are in TLS: HTTP/2 where the client offers it, else HTTP/1.1.
let dir: string;
let server: Http2SecureServer;
let world: PipelineWorld;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-both-'));
  const { certPath, keyPath, caPath } = await makeDemoCertificates(dir);
  const tls = { cert: readFileSync(certPath), key: readFileSync(keyPath) };
  server = createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
    const names = request.rawHeaders.filter((_part, index) => index % 2 === 0);
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end(`${request.httpVersion} ${bytes} ${names.join()}`));
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('message', (message) => accepted.send(`echo ${String(message as Buffer)}`));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await startPipelineWorld({
    apis: [
      { id: 'both', name: 'Both', upstream, ca: caPath },
      { id: 'both2', name: 'Both by HTTP/2', upstream, ca: caPath, protocol: 'http2' },
    ],
  });
});

afterAll(async () => {
  await world?.close();
  server?.close();
  rmSync(dir, { recursive: true, force: true });
});

const url = (api: string): string => `http://127.0.0.1:${world.port(api)}/`;

test('an upstream that speaks both is spoken to in the protocol of the config, names as the caller wrote them', async () => {
  const connection = await RawConnection.open(world.port('both'));
  connection.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${world.port('both')}\r\nX-MiXed: 1\r\n\r\n`);
  const { body } = await connection.readResponse();
  connection.close();
  expect(body.toString()).toMatch(/^1\.1 0 .*X-MiXed/u);
  expect(await (await fetch(url('both2'))).text()).toMatch(/^2\.0 /u);
});

test('it takes WebSockets', async () => {
  const socket = new WebSocket(url('both').replace('http', 'ws'));
  await once(socket, 'open');
  const answered = once(socket, 'message');
  socket.send('hello');
  expect(String((await answered)[0] as Buffer)).toBe('echo hello');
  socket.close();
  await once(socket, 'close');
});

test('it is asked whether it wants the body of who waits for that', async () => {
  const connection = await RawConnection.open(world.port('both'));
  const host = `127.0.0.1:${world.port('both')}`;
  connection.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`);
  expect(await connection.readResponse()).toMatchObject({ status: 100 });
  connection.write('body');
  const { status, body } = await connection.readResponse();
  connection.close();
  expect([status, body.toString()]).toEqual([200, expect.stringMatching(/^1\.1 4 /u)]);
});

test('a crowd of requests has a connection each', async () => {
  const texts = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(url('both'))).text()));
  expect(new Set(texts.map((text) => text.slice(0, 3)))).toEqual(new Set(['1.1']));
});
