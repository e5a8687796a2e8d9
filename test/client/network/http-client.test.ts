import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { afterEach, expect, test, vi } from 'vitest';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { isLoopbackHost } from '../../../shared/loopback-host.ts';
import { discoverRelay } from '../../../client/sign-in/discover-relay.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

function client(ca?: readonly string[]) {
  const http = createHttpClient(ca ? { ca } : {});
  closers.push(() => http.close());
  return http;
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function certificate(names: readonly string[]) {
  return generate([{ name: 'commonName', value: names[0] ?? '' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    ],
  });
}

test('a relay with a self-signed certificate is refused, unless its authority is given', async () => {
  const { cert, private: key } = await certificate(['localhost']);
  const port = await listen(createTlsServer({ cert, key }, (_request, response) => response.end('{}')));
  const url = `https://localhost:${port}`;
  await expect(discoverRelay(url, client())).rejects.toMatchObject({
    code: 'relay-untrusted-certificate',
    message: `localhost:${port} can’t be trusted: its certificate is self-signed.`,
  });
  await expect(discoverRelay(url, client([cert]))).rejects.toMatchObject({ code: 'relay-not-causeway' });
});

test('a certificate for another name is refused even from a trusted authority', async () => {
  const { cert, private: key } = await certificate(['somewhere-else.example']);
  const port = await listen(createTlsServer({ cert, key }, (_request, response) => response.end('{}')));
  await expect(discoverRelay(`https://localhost:${port}`, client([cert]))).rejects.toMatchObject({
    code: 'relay-untrusted-certificate',
    message: expect.stringContaining('another name'),
  });
});

test('a name that doesn’t exist is told apart from a relay that doesn’t listen', async () => {
  await expect(discoverRelay('https://relay.invalid', client())).rejects.toMatchObject({
    code: 'relay-unreachable',
    message: expect.stringMatching(/DNS/),
  });
});

test('a server that never answers is given up in time', async () => {
  const port = await listen(createServer(() => undefined));
  await expect(client().fetch(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('a redirect isn’t followed', async () => {
  const port = await listen(createServer((_request, response) => response.writeHead(302, { location: '/x' }).end()));
  expect((await client().fetch(`http://127.0.0.1:${port}/`)).status).toBe(302);
});

test('the proxy of the environment is used for the network, and never for loopback', async () => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${await listen(proxy)}`);
  vi.stubEnv('https_proxy', '');
  vi.stubEnv('HTTP_PROXY', process.env['HTTPS_PROXY']);
  const port = await listen(createServer((_request, response) => response.end('direct')));
  const http = client();
  expect(await (await http.fetch(`http://127.0.0.1:${port}/`)).text()).toBe('direct');
  expect(asked).toEqual([]);
  await expect(http.fetch('https://relay.example.com/')).rejects.toThrow();
  // The second time to see what the proxy says.
  expect(new Set(asked)).toEqual(new Set(['relay.example.com:443']));
});

test.each([
  ['localhost', true],
  ['orders.localhost', true],
  ['127.8.9.1', true],
  ['[::1]', true],
  ['127.0.0.1.example.com', false],
  ['notlocalhost', false],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
])('%s as loopback: %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
