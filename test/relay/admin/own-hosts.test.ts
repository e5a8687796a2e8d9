import { request } from 'node:http';
import { hostname } from 'node:os';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OwnHosts } from '../../../relay/admin/own-hosts.ts';
import { serveApp } from './support/serve-app.ts';

const config = {
  relay: { url: 'https://access.acme.example' },
  admin: { url: 'https://admin.acme.example:8443', listen: { host: 'ops.acme.example', port: 8443 } },
};
const parts = {
  relay: { version: '1', ready: () => true, problems: () => ['the cause'] },
  audit: { healthy: true },
  metrics: () => Promise.resolve('causeway_up 1'),
};
type Served = Awaited<ReturnType<typeof serveApp>>;
let served: Served;
let secure: Served;
let atSocket: Served;
beforeAll(async () => {
  const { cert } = await generate([{ name: 'commonName', value: 'x' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: '*.ops.svc' }] }],
  });
  const own = (adminTls?: object) => () => ({ config, adminTls }) as unknown as OwnHosts;
  served = await serveApp({ ...parts, hosts: own() });
  secure = await serveApp({ ...parts, hosts: own({ cert, key: '' }) });
  atSocket = await serveApp({ ...parts, hosts: null });
});
afterAll(() => {
  for (const each of [served, secure, atSocket]) each.close();
});

const ask = ({ port }: Served, path: string, host: string) =>
  new Promise<readonly [number, string]>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => resolve([response.statusCode ?? 0, text]));
    });
    sent.once('error', reject).end();
  });

it.each([
  'evil.example',
  'evil.example:8443',
  'EVIL.example.',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'admin.acme.example.evil.example',
  'sub.admin.acme.example',
  'metrics.ops.svc',
])('nothing is read at the name %s', async (host) => {
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    const [status, text] = await ask(served, path, host);
    expect([path, status]).toEqual([path, 421]);
    expect(text).not.toMatch(/the cause|causeway_up|healthy/);
  }
});

it.each([
  '127.0.0.1:8443',
  '[::1]:8443',
  '10.1.2.3',
  '[2001:db8::1]:8443',
  'localhost:8443',
  'LOCALHOST',
  'relay.localhost',
  'access.acme.example',
  'admin.acme.example:8443',
  'admin.acme.example:9000',
  'admin.acme.example.',
  'ops.acme.example:8443',
  `${hostname()}:8443`,
])('all is read at %s', async (host) => {
  for (const path of ['/healthz', '/metrics']) expect((await ask(served, path, host))[0]).toBe(200);
  expect(await ask(served, '/readyz', host)).toEqual([503, expect.stringContaining('the cause')]);
});

it('names of the certificate are the port’s own', async () => {
  expect((await ask(secure, '/metrics', 'metrics.ops.svc:8443'))[0]).toBe(200);
  expect((await ask(secure, '/metrics', 'evil.example'))[0]).toBe(421);
});

it('the socket has no names', async () => {
  expect((await ask(atSocket, '/metrics', 'evil.example'))[0]).toBe(200);
});
