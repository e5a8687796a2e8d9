import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDemoCertificates } from '../support/demo-certificates.ts';
import { type PipelineWorld, startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { type RawHttp2Upstream, startRawHttp2Upstream } from '../relay/way-back/start-raw-http2-upstream.ts';

let dir: string;
let secure: Server;
let secure2: Http2SecureServer;
let raw2: RawHttp2Upstream;
let world: PipelineWorld;

/** Common name of the certificate that the other side has shown. */
function nameOf(socket: unknown): string {
  return socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject.CN) : 'no TLS';
}

/** The name that a request gives, if it isn't the upstream's address. */
function named(host = ''): string {
  return host.startsWith('127.0.0.1') ? '' : ` ${host}`;
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-upstream-tls-'));
  const server = await makeDemoCertificates(dir);
  const relay = await generate([{ name: 'commonName', value: 'relay.example' }], {
    keySize: 2048,
    algorithm: 'sha256',
  });
  writeFileSync(join(dir, 'client.pem'), relay.cert);
  writeFileSync(join(dir, 'client-key.pem'), relay.private, { mode: 0o600 });
  const tls = {
    cert: readFileSync(server.certPath),
    key: readFileSync(server.keyPath),
    ca: relay.cert,
    requestCert: true,
    rejectUnauthorized: true,
  };
  secure = createServer(tls, (request, response) => {
    response.end(`${request.httpVersion} ${nameOf(request.socket)}${named(request.headers.host)}`);
  });
  secure2 = createSecureServer({ ...tls, allowHTTP1: false }, (request, response) => {
    response.end(`${request.httpVersion} ${nameOf(request.stream.session?.socket)}${named(request.authority)}`);
  });
  for (const one of [secure, secure2]) {
    one.listen(0, '127.0.0.1');
    await once(one, 'listening');
  }
  raw2 = await startRawHttp2Upstream(tls);
  const address = (one: Server | Http2SecureServer): string =>
    `https://127.0.0.1:${(one.address() as AddressInfo).port}`;
  const trusted = { ca: server.caPath };
  const shown = { client_certificate: { cert: join(dir, 'client.pem'), key: join(dir, 'client-key.pem') } };
  world = await startPipelineWorld({
    apis: [
      { id: 'untrusted', name: 'Untrusted', upstream: address(secure), ...shown },
      { id: 'without', name: 'Without', upstream: address(secure), ...trusted },
      { id: 'with', name: 'With', upstream: address(secure), ...trusted, ...shown },
      { id: 'with2', name: 'With HTTP/2', upstream: address(secure2), protocol: 'http2', ...trusted, ...shown },
      { id: 'raw2', name: 'Own frames', upstream: raw2.url, protocol: 'http2', ...trusted, ...shown },
      { id: 'untrusted2', name: 'Untrusted HTTP/2', upstream: raw2.url, protocol: 'http2', ...shown },
      { id: 'host', name: 'Host', upstream: address(secure), host: 'files.example', ...trusted, ...shown },
      {
        id: 'host2',
        name: 'Host HTTP/2',
        upstream: address(secure2),
        protocol: 'http2',
        host: 'files.example',
        ...trusted,
        ...shown,
      },
      {
        id: 'other',
        name: 'Other name in TLS',
        upstream: address(secure),
        host: '127.0.0.1',
        server_name: 'files.example',
        ...trusted,
        ...shown,
      },
    ],
  });
});

afterAll(async () => {
  await world.close();
  await raw2.close();
  secure.close();
  secure2.close();
  rmSync(dir, { recursive: true, force: true });
});

async function call(api: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${world.port(api)}/`);
  return { status: response.status, body: await response.text() };
}

test('an upstream whose certificate nobody vouches for gets nothing, and the 502 says so', async () => {
  const { status, body } = await call('untrusted');
  expect(status).toBe(502);
  expect(JSON.parse(body)).toMatchObject({ code: 'upstream-unreachable' });
});

test('an upstream that asks for a certificate refuses a relay without one', async () => {
  expect((await call('without')).status).toBe(502);
});

test('the relay shows its certificate, over HTTP/1.1 and HTTP/2', async () => {
  expect(await call('with')).toEqual({ status: 200, body: '1.1 relay.example' });
  expect(await call('with2')).toEqual({ status: 200, body: '2.0 relay.example' });
});

test('the key “host” changes the Host header alone: the certificate is checked for the upstream’s own name', async () => {
  expect(await call('host')).toEqual({ status: 200, body: '1.1 relay.example files.example' });
  expect(await call('host2')).toEqual({ status: 200, body: '2.0 relay.example files.example' });
  const { status, body } = await call('other');
  expect(status).toBe(502);
  expect(JSON.parse(body)).toMatchObject({ detail: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string });
});

test('an answer of HTTP/2 in TLS with a malformed field becomes 502, and others pass', async () => {
  raw2.behave((request) => request.head('200', [['x-a', 'hidden\r\nx-b: c']], true));
  const refused = await call('raw2');
  expect(refused.status).toBe(502);
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'upstream-protocol' });
  expect(refused.body).toMatch(/malformed.*x-a/);
  raw2.behave((request) => {
    request.head('200', [['x-a', 'shown']]);
    request.data('body', true);
  });
  expect(await call('raw2')).toEqual({ status: 200, body: 'body' });
});

test('an upstream of HTTP/2 whose certificate nobody vouches for gets nothing, and the 502 says so', async () => {
  raw2.behave((request) => request.head('200', [], true));
  const { status, body } = await call('untrusted2');
  expect(status).toBe(502);
  expect(body).toMatch(/certificate/);
  expect(raw2.count).toBe(0);
});
