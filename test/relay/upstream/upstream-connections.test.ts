import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createRawServer, type Server as NetServer } from 'node:net';
import { generate } from 'selfsigned';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../relay/config/config-schema.ts';
import type { LookUpAll } from '../../../relay/upstream/address-watch.ts';
import { describeFailure } from '../../../relay/upstream/describe-failure.ts';
import { type Upstream, type UpstreamConfig, UpstreamPools } from '../../../relay/upstream/upstream-pools.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0).toReversed()) await closer();
});

async function listen(server: NetServer, where: string | { readonly host: string; readonly port: number }) {
  if (typeof where === 'string') server.listen(where);
  else server.listen(where.port, where.host);
  await once(server, 'listening');
  closers.push(async () => {
    const closed = once(server, 'close');
    server.close();
    if ('closeAllConnections' in server) (server as Server).closeAllConnections();
    await closed;
  });
}

function poolsOf(api: Record<string, unknown>, lookUp?: LookUpAll, caPem?: string) {
  const parsed = configSchema.shape.apis.element.parse({ id: 'api', name: 'API', ...api });
  const config: UpstreamConfig = { ...parsed, caPem, certificate: undefined };
  const pools = new UpstreamPools([config], lookUp === undefined ? {} : { lookUp });
  closers.push(() => pools.close());
  const upstream = pools.get('api');
  if (upstream === undefined) throw new Error('There is no upstream');
  return { pools, config, upstream };
}

/** The answer's body, or what the caller is told. */
async function ask(upstream: Upstream, path = '/x', headers: string[] = []): Promise<string> {
  return new Promise((resolve) => {
    let body = '';
    upstream.pool.dispatch(
      { path: upstream.basePath + path, method: 'GET', headers },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_controller, chunk) {
          body += chunk.toString();
        },
        // In a later turn, when the connection is free for the next request.
        onResponseEnd: () => setImmediate(() => setImmediate(resolve, body)),
        onResponseError: (_controller, error) => resolve(describeFailure(error, upstream, false).detail),
      },
    );
  });
}

describe('a Unix socket', () => {
  it('that isn’t there is named in what the caller is told', async () => {
    const { upstream } = poolsOf({ upstream: 'unix:/nowhere/app.sock' });
    expect(await ask(upstream)).toBe('unix:/nowhere/app.sock can’t be reached (there is no such socket, ENOENT).');
  });

  it('is reached in HTTP/1.1 below its base path, as localhost', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-socket-'));
    closers.push(async () => rmSync(dir, { recursive: true }));
    await listen(
      createServer(({ url, headers }, response) => response.end(`${url} ${headers.host}`)),
      join(dir, 'app.sock'),
    );
    const { upstream } = poolsOf({ upstream: `unix:${join(dir, 'app.sock')}:/v1/` });
    expect(await ask(upstream)).toBe('/v1/x localhost');
  });

  it('is reached in HTTP/2', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-socket-'));
    closers.push(async () => rmSync(dir, { recursive: true }));
    const server = createHttp2Server((request, response) => response.end(request.url));
    await listen(server, join(dir, 'app.sock'));
    const { pools, upstream } = poolsOf({ upstream: `unix:${join(dir, 'app.sock')}`, protocol: 'http2' });
    const taken = upstream.http2?.take();
    const stream = taken?.session.request({ ':path': '/x' });
    const chunks: Buffer[] = [];
    for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('/x');
    await pools.close();
  });
});

describe('an answer’s head', () => {
  it.each([
    [20_000, {}, 'ok'],
    [70_000, {}, 'The API’s answer has a head of more than 65536 bytes (max_answer_header_bytes).'],
    [70_000, { max_answer_header_bytes: 100_000 }, 'ok'],
    [
      5000,
      { max_answer_header_bytes: 4096 },
      'The API’s answer has a head of more than 4096 bytes (max_answer_header_bytes).',
    ],
  ])('of %d bytes with %j gives: %s', async (bytes, keys, said) => {
    const cookies = Array.from({ length: bytes / 1000 }, () => `c=${'v'.repeat(980)}`);
    const server = createServer((_request, response) => response.setHeader('Set-Cookie', cookies).end('ok'));
    await listen(server, { host: '127.0.0.1', port: 0 });
    const { port } = server.address() as AddressInfo;
    expect(await ask(poolsOf({ upstream: `http://127.0.0.1:${port}`, ...keys }).upstream)).toBe(said);
  });
});

describe('a request that was admitted before its API’s config changed', () => {
  async function servedBy(api: Record<string, unknown>, signIn: boolean, change: 'changed' | 'gone'): Promise<string> {
    const server = createServer((_request, response) => response.end('the old one'));
    await listen(server, { host: '127.0.0.1', port: 0 });
    const { port } = server.address() as AddressInfo;
    const { pools, config, upstream } = poolsOf({ upstream: `http://127.0.0.1:${port}`, ...api });
    const headers = signIn ? ['Authorization', 'Negotiate abc'] : [];
    const admitted = pools.for(upstream, 'api', new PassThrough(), headers);
    pools.replace(change === 'gone' ? [] : [{ ...config, upstream: 'http://127.0.0.1:1' }]);
    if (admitted === null) throw new Error('There is no connection');
    return ask(admitted, '/x', headers);
  }

  it.each(['changed', 'gone'] as const)('goes where it was admitted to (%s)', async (change) => {
    expect(await servedBy({}, false, change)).toBe('the old one');
  });

  it('goes there also on a connection of its caller’s own', async () => {
    expect(await servedBy({}, true, 'changed')).toBe('the old one');
  });
});

describe('a name that has another address', () => {
  /** Two servers on the same port, and a name that leads to one of them. */
  async function moving(resolveSeconds: number) {
    const one = createServer((_request, response) => response.end('one'));
    await listen(one, { host: '127.0.0.1', port: 0 });
    const { port } = one.address() as AddressInfo;
    await listen(
      createServer((_request, response) => response.end('two')),
      { host: '127.0.0.2', port },
    );
    const name = { address: '127.0.0.1', error: null as NodeJS.ErrnoException | null, lookUps: 0 };
    const lookUp: LookUpAll = (_hostname, done) => {
      name.lookUps += 1;
      const found: LookupAddress[] = [{ address: name.address, family: 4 }];
      setImmediate(() => done(name.error, name.error === null ? found : []));
    };
    const world = poolsOf({ upstream: `http://api.test:${port}`, resolve_seconds: resolveSeconds }, lookUp);
    return { ...world, name };
  }

  it('is noticed within resolve_seconds, however busy the connections are', async () => {
    const { upstream, name } = await moving(1);
    expect(await ask(upstream)).toBe('one');
    name.address = '127.0.0.2';
    const begun = Date.now();
    while ((await ask(upstream)) === 'one') expect(Date.now() - begun).toBeLessThan(20_000);
    expect(Date.now() - begun).toBeGreaterThan(500);
  });

  it('is noticed at a reload at once', async () => {
    const { pools, config, upstream, name } = await moving(3600);
    expect(await ask(upstream)).toBe('one');
    name.address = '127.0.0.2';
    expect(await ask(upstream)).toBe('one');
    pools.replace([config]);
    expect(pools.get('api')).toBe(upstream);
    await expect.poll(() => ask(upstream)).toBe('two');
  });

  it.each(['EAI_AGAIN', 'ENOTFOUND'])('stays where it was while a look-up fails with %s', async (code) => {
    const { pools, config, upstream, name } = await moving(3600);
    expect(await ask(upstream)).toBe('one');
    name.address = '127.0.0.2';
    name.error = Object.assign(new Error(code), { code });
    const before = name.lookUps;
    pools.replace([config]);
    await expect.poll(() => name.lookUps).toBe(before + 1);
    expect(await ask(upstream)).toBe('one');
  });
});

describe('an upstream whose certificate', () => {
  const day = 86_400_000;

  /** A server with a certificate for `orders.internal`, and what trusts it. */
  async function startTls(notAfterMs: number): Promise<{ readonly port: number; readonly pem: string }> {
    const made = await generate([{ name: 'commonName', value: 'orders.internal' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() - 3 * day),
      notAfterDate: new Date(notAfterMs),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'orders.internal' }] },
      ],
    });
    const server = createTlsServer({ cert: made.cert, key: made.private }, ({ socket }, response) =>
      response.end((socket as { servername?: string | false }).servername || 'no name'),
    );
    await listen(server, { host: '127.0.0.1', port: 0 });
    return { port: (server.address() as AddressInfo).port, pem: made.cert };
  }

  it.each([
    ['has expired', -day, true, 'orders.internal', 'its certificate has expired, CERT_HAS_EXPIRED'],
    ['is for another name', day, true, 'stock.internal', 'another name (server_name), ERR_TLS_CERT_ALTNAME_INVALID'],
    ['is for another name than its address', day, true, undefined, 'another name (server_name), ERR_TLS'],
    ['is self-signed', day, false, 'orders.internal', 'its certificate is self-signed'],
  ])('%s says so', async (_what, validMs, trusted, name, said) => {
    const { port, pem } = await startTls(Date.now() + validMs);
    const keys = name === undefined ? {} : { server_name: name };
    const { upstream } = poolsOf(
      { upstream: `https://127.0.0.1:${port}`, ...keys },
      undefined,
      trusted ? pem : undefined,
    );
    expect(await ask(upstream)).toContain(said);
  });

  it.each([
    ['UNSPECIFIED', 'EE certificate key too weak'],
    [
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      'it speaks only older TLS than the relay takes, ERR_SSL_TLSV1_ALERT_PROTOCOL',
    ],
  ])('OpenSSL refuses by %s says so', (code, said) => {
    const { upstream } = poolsOf({ upstream: 'https://127.0.0.1:1' });
    const failure = Object.assign(new Error('EE certificate key too weak'), { code });
    expect(describeFailure(failure, upstream, false).detail).toContain(said);
  });

  it('is for the server_name gets requests, asked for by that name whatever the Host header says', async () => {
    const { port, pem } = await startTls(Date.now() + day);
    const keys = { server_name: 'orders.internal', host: 'other.internal' };
    const { upstream } = poolsOf({ upstream: `https://127.0.0.1:${port}`, ...keys }, undefined, pem);
    expect(await ask(upstream, '/x', ['Host', 'other.internal'])).toBe('orders.internal');
  });

  it('can’t be seen because it doesn’t speak TLS says so', async () => {
    const server = createServer((_request, response) => response.end());
    await listen(server, { host: '127.0.0.1', port: 0 });
    const { upstream } = poolsOf({ upstream: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await ask(upstream)).toContain('it doesn’t speak TLS');
  });
});

describe('an idle connection', () => {
  it('is closed before an API that says nothing of its time would close it', async () => {
    const ended: string[] = [];
    const server = createRawServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('end', () => ended.push('relay'));
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        // In this order also where both are late.
        setTimeout(() => ended.push('API'), 3500).unref();
      });
    });
    await listen(server, { host: '127.0.0.1', port: 0 });
    const { upstream } = poolsOf({ upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await ask(upstream)).toBe('ok');
    await expect.poll(() => ended[0]).toBe('relay');
  });
});

describe('connections of a burst', () => {
  it('are closed but for as many as are used then, by the time that the API keeps them', async () => {
    const waiting: (() => void)[] = [];
    const server = createServer(({ url }, response) => {
      const answer = (): void => void response.setHeader('Keep-Alive', 'timeout=3').end('answered');
      if (url === '/together') waiting.push(answer);
      else answer();
      if (waiting.length === 8) for (const one of waiting.splice(0)) one();
    });
    await listen(server, { host: '127.0.0.1', port: 0 });
    const { pools, upstream } = poolsOf({ upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const open = (): number | undefined => pools.openConnections().get('api');
    await Promise.all(Array.from({ length: 8 }, () => ask(upstream, '/together')));
    expect(open()).toBe(8);
    await expect
      .poll(async () => [await ask(upstream, '/alone'), open()], { timeout: 30_000, interval: 50 })
      .toEqual(['answered', 1]);
  });
});
