import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { managedValue } from '../../../shared/managed/managed-state.ts';
import { unusablePin } from '../../../client/managed/unusable-pin.ts';
import { pinOf } from '../../../client/network/certificate-pins.ts';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { createManagedProxies } from '../../../client/network/managed-proxies.ts';
import { connectionFailure } from '../../../client/network/connection-failure.ts';
import { dialRelay } from '../../../client/tunnel/dial.ts';
import { type DemoCertificates, makeDemoCertificates } from '../../support/demo-certificates.ts';
import { policyOf } from './support/settable-policy.ts';

describe('the proxy', () => {
  const named = (name: string) => ({ proxyFor: async () => new URL(`http://${name}:1`) });
  const ask = async (entries: Record<string, unknown>, url: string): Promise<string | null> => {
    const proxies = createManagedProxies({
      managed: () => policyOf(entries),
      unmanaged: named('environment'),
      system: named('system'),
      passwords: null,
    });
    return (await proxies.proxyFor(url))?.host ?? null;
  };
  const proxy = 'http://proxy.example.com:3128';

  test.each<[string, Record<string, unknown>, string, string | null]>([
    ['nothing leaves it to the environment', {}, 'https://relay.example.com', 'environment:1'],
    ['a wrong value does, too', { proxy: 'ftp://x' }, 'https://relay.example.com', 'environment:1'],
    ['system', { proxy: 'system' }, 'https://relay.example.com', 'system:1'],
    ['direct', { proxy: 'direct' }, 'https://relay.example.com', null],
    ['system, however it is written', { proxy: 'System' }, 'https://relay.example.com', 'system:1'],
    ['direct, however it is written', { proxy: 'DIRECT' }, 'https://relay.example.com', null],
    ['an address', { proxy }, 'https://relay.example.com', 'proxy.example.com:3128'],
    ['an address, for plain HTTP', { proxy }, 'http://relay.example.com', 'proxy.example.com:3128'],
    ['a SOCKS proxy', { proxy: 'socks5://socks.example.com' }, 'https://relay.example.com', 'socks.example.com'],
    ['an exception', { proxy, proxyExceptions: ['.example.com'] }, 'https://relay.example.com', null],
    [
      'an exception for others',
      { proxy, proxyExceptions: ['10.0.0.0/8'] },
      'https://relay.example.com',
      'proxy.example.com:3128',
    ],
    ['never for this computer', { proxy }, 'http://127.0.0.1:8080', null],
  ])('%s', async (_what, entries, url, expected) => {
    expect(await ask(entries, url)).toBe(expected);
  });
});

describe('pins', () => {
  let folder: string;
  let certificates: DemoCertificates;
  let server: Server;
  let url: string;
  let own: string;
  let authority: string;
  const other = `sha256/${'A'.repeat(43)}=`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-pins-'));
    certificates = await makeDemoCertificates(folder);
    const cert = readFileSync(certificates.certPath);
    own = pinOf(new X509Certificate(cert));
    authority = pinOf(new X509Certificate(certificates.ca));
    server = createServer(
      { cert, key: readFileSync(certificates.keyPath), minVersion: 'TLSv1.3' },
      (_request, response) => response.writeHead(404).end(),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  test.each<[string, () => readonly string[], number | string]>([
    ['none', () => [], 404],
    ['the server’s', () => [other, own], 404],
    ['the authority’s', () => [authority], 404],
    ['another one', () => [other], 'certificate'],
    [
      'what can’t be used',
      () => managedValue(policyOf({ certificatePins: [own, 'sha1/x'] }), 'certificatePins') ?? [],
      'certificate',
    ],
  ])('%s: requests', async (_what, pins, expected) => {
    const http = createHttpClient({ ca: [certificates.ca], pinsOf: pins });
    const outcome = await http.fetch(url).then(
      ({ status }) => status,
      (error: unknown) => connectionFailure(error)?.kind,
    );
    expect(outcome).toBe(expected);
    await http.close();
  });

  test('a connection under earlier pins isn’t used again', async () => {
    let pins = [own];
    const http = createHttpClient({ ca: [certificates.ca], pinsOf: () => pins });
    expect((await http.fetch(url)).status).toBe(404);
    pins = [other];
    await expect(http.fetch(url)).rejects.toThrow();
    await http.close();
  });

  test.each<[string, () => string, string, RegExp]>([
    ['the server’s', () => own, 'relay-not-causeway', /./],
    ['another one', () => other, 'relay-untrusted-certificate', /none of the keys/],
    ['what can’t be used', () => unusablePin, 'relay-untrusted-certificate', /\(certificatePins\) can’t be used/],
  ])('%s: the tunnel', async (_what, pin, code, words) => {
    const failure = await dialRelay({
      relayUrl: url,
      tokens: { present: async () => ({ scheme: 'bearer', token: 'x', dpopProof: undefined, expiresAtMs: 0 }) },
      appVersion: '0.1.0',
      ca: [certificates.ca],
      pins: [pin()],
      signal: new AbortController().signal,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
  });
});
