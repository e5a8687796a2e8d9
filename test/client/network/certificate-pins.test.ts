import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pinMismatch, pinnedIdentity, pinOf } from '../../../client/network/certificate-pins.ts';

interface Issuer {
  readonly cert: string;
  readonly key: string;
}

const day = 86_400_000;

async function issue(
  name: string,
  cA: boolean,
  by: Issuer | null,
  more: { readonly key?: Issuer; readonly endsMs?: number } = {},
): Promise<Issuer> {
  const endsMs = more.endsMs ?? Date.now() + day;
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(endsMs - 2 * day),
    notAfterDate: new Date(endsMs),
    ...(by === null ? {} : { ca: by }),
    ...(more.key === undefined ? {} : { keyPair: keyPairOf(more.key) }),
    extensions: [
      { name: 'basicConstraints', cA, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function keyPairOf({ cert, key }: Issuer): { readonly publicKey: string; readonly privateKey: string } {
  return {
    publicKey: new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: key,
  };
}

const pin = ({ cert }: Issuer): string => pinOf(new X509Certificate(cert));

describe('a pinned key', () => {
  let server: Server | undefined;
  let trusted: Issuer;
  let pinned: Issuer;

  beforeAll(async () => {
    trusted = await issue('Trusted authority', true, null);
    pinned = await issue('Company authority', true, trusted);
  });

  afterEach(() => server?.close());

  /** The code that a connection fails with; null where it is made. */
  async function outcome(leaf: Issuer, sent: readonly Issuer[], pins: readonly string[]): Promise<string | null> {
    server = createServer({ key: leaf.key, cert: [leaf, ...sent].map(({ cert }) => cert).join('\n') });
    server.on('secureConnection', (socket) => socket.on('error', () => undefined));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      servername: 'localhost',
      ca: [trusted.cert],
      ...pinnedIdentity(pins),
    });
    const { promise, resolve } = Promise.withResolvers<string | null>();
    socket.once('secureConnect', () => resolve(null));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'none'));
    const found = await promise;
    socket.destroy();
    return found;
  }

  test.each([
    ['of the authority that has signed', () => pin(pinned)],
    ['of the authority above it', () => pin(trusted)],
  ])('%s is found', async (_which, pinOfIt) => {
    const leaf = await issue('localhost', false, pinned);
    expect(await outcome(leaf, [pinned], [pinOfIt()])).toBeNull();
  });

  test('of a certificate that only has the issuer’s name counts for nothing', async () => {
    const rogue = await issue('Company authority', true, trusted);
    const leaf = await issue('localhost', false, rogue);
    const ended = await issue('Company authority', true, trusted, { key: pinned, endsMs: Date.now() - day });
    expect(pin(ended)).toBe(pin(pinned));
    expect(await outcome(leaf, [ended, rogue], [pin(pinned)])).toBe(pinMismatch);
    expect(await outcome(leaf, [rogue], [pin(rogue)])).toBeNull();
  });

  test('isn’t reached through a certificate that may sign nothing', async () => {
    const own = await issue('Another server', false, pinned, { endsMs: Date.now() - day });
    const rogue = await issue('Another server', true, trusted, { key: own });
    const leaf = await issue('localhost', false, rogue);
    expect(await outcome(leaf, [own, pinned, rogue], [pin(pinned)])).toBe(pinMismatch);
  });
});
