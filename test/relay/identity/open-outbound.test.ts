import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch, ProxyAgent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openOutbound, type OutboundOptions } from '../../../relay/identity/open-outbound.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';

const idp = 'https://idp.example/jwks';
const named = 'http://proxy.example:3128';

function setUp(given: Partial<OutboundOptions> = {}) {
  const outbound = openOutbound({ timeoutMs: 1000, environment: { https_proxy: named }, ...given });
  onTestFinished(() => outbound.close());
  return outbound;
}

const kindOf = (dispatcher: Dispatcher): string =>
  dispatcher instanceof EnvHttpProxyAgent
    ? 'environment'
    : dispatcher instanceof ProxyAgent
      ? 'proxy'
      : dispatcher instanceof Agent
        ? 'direct'
        : 'other';

describe('the way out', () => {
  it.each<[proxy: string | undefined, url: string, kind: string]>([
    [undefined, idp, 'environment'],
    [undefined, 'http://idp.example/', 'environment'],
    [undefined, 'http://127.0.0.1:8080/', 'direct'],
    [undefined, 'http://localhost/', 'direct'],
    [undefined, 'http://[::1]/', 'direct'],
    ['environment', idp, 'environment'],
    ['environment', 'http://127.0.0.1/', 'direct'],
    ['none', idp, 'direct'],
    ['none', 'http://127.0.0.1/', 'direct'],
    [named, idp, 'proxy'],
    [named, 'http://127.0.0.1/', 'proxy'],
  ])('with proxy %j to %s is %s', (proxy, url, kind) => {
    const outbound = setUp(proxy === undefined ? {} : { proxy });
    expect(kindOf(outbound.dispatcherFor(url))).toBe(kind);
  });

  it('is made once for each kind, ended by close, and made anew afterwards', async () => {
    const outbound = setUp();
    const [remote, local] = [outbound.dispatcherFor(idp), outbound.dispatcherFor('http://localhost/')];
    expect(outbound.dispatcherFor('https://other.example/')).toBe(remote);
    expect(outbound.dispatcherFor('http://127.0.0.1/')).toBe(local);
    expect(local).not.toBe(remote);
    outbound.close();
    expect([remote, local].map((one) => (one as Agent).destroyed)).toEqual([true, true]);
    expect(outbound.dispatcherFor('http://localhost/')).not.toBe(local);
  });
});

it('takes this relay’s own certificate for itself, whoever has signed it, and no other of that authority', async () => {
  const [own, other] = await Promise.all([serve(), serve()]);
  const outbound = setUp({ ownCertificate: own.cert });
  const ask = ({ url }: { readonly url: string }) => fetch(url, { dispatcher: outbound.dispatcherFor(url) });
  expect((await ask(own)).status).toBe(200);
  await expect(ask(other)).rejects.toThrow();
  const stranger = setUp();
  await expect(fetch(own.url, { dispatcher: stranger.dispatcherFor(own.url) })).rejects.toThrow();
});

/** A server whose certificate is of an authority that nobody knows. */
async function serve(): Promise<{ readonly url: string; readonly cert: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-outbound-'));
  const { certPath, keyPath } = await makeDemoCertificates(dir);
  const cert = readFileSync(certPath, 'utf8');
  const server = createServer({ cert, key: readFileSync(keyPath) }, (_request, response) => void response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, cert };
}
