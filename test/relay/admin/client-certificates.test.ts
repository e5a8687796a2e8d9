import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request as httpsRequest } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

interface Pair {
  readonly cert: string;
  readonly key: string;
}
const dayMs = 86_400_000;

async function authority(name: string): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

async function clientOf(ca: Pair, endsInDays: number): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: 'dana' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 10 * dayMs),
    notAfterDate: new Date(Date.now() + endsInDays * dayMs),
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

let world: TunnelWorld;
let port: number;
let caFile: string;
const clients: Record<string, Pair> = {};

beforeAll(async () => {
  port = await freePort();
  const [own, other] = await Promise.all([authority('Operators'), authority('Others')]);
  clients['one of the authority'] = await clientOf(own, 10);
  clients['one that has ended'] = await clientOf(own, -1);
  clients['one of another authority'] = await clientOf(other, 10);
  caFile = join(mkdtempSync(join(tmpdir(), 'causeway-operators-')), 'operators.pem');
  writeFileSync(caFile, own.cert, { mode: 0o644 });
  world = await startTunnelWorld({
    configure: (config) => ({
      ...config,
      admin: {
        listen: { port },
        roles: { owner: ['security'] },
        tls: { cert: 'relay.pem', key: 'relay-key.pem', client_ca: caFile },
      },
    }),
  });
});
afterAll(async () => {
  await world?.close();
  rmSync(dirname(caFile), { recursive: true, force: true });
});

function ask(path: string, options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ host: '127.0.0.1', port, path, ca: world.ca, agent: false, ...options }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe('with admin.tls.client_ca', () => {
  it.each(['none', 'one that has ended', 'one of another authority'])(
    'nobody gets as far as a request with %s, not even to health, metrics or the console',
    async (which) => {
      const authorization = `Bearer ${await world.issuer.token('dana', 600, { groups: ['security'] })}`;
      for (const path of ['/healthz', '/metrics', '/console/', '/admin/v1/relay'])
        await expect(ask(path, { ...clients[which], headers: { authorization } })).rejects.toMatchObject({
          code: expect.stringMatching(/^(?:ERR_SSL_|ECONNRESET|EPIPE|EPROTO)/),
        });
    },
  );

  it('a certificate of the authority opens the port, and is no sign-in', async () => {
    const pair = clients['one of the authority'];
    expect(await ask('/healthz', { ...pair })).toBe(200);
    expect(await ask('/admin/v1/relay', { ...pair })).toBe(401);
    const authorization = `Bearer ${await world.issuer.token('dana', 600, { groups: ['security'] })}`;
    expect(await ask('/admin/v1/relay', { ...pair, headers: { authorization } })).toBe(200);
  });

  it('silent connections shut nobody out, nor end what an operator reads', async () => {
    const pair = clients['one of the authority'];
    const authorization = `Bearer ${await world.issuer.token('dana', 600, { groups: ['security'] })}`;
    const options = { host: '127.0.0.1', port, ca: world.ca, agent: false, ...pair, headers: { authorization } };
    const sent = httpsRequest({ ...options, path: '/admin/v1/events' }).end();
    const [events] = (await once(sent, 'response')) as [IncomingMessage];
    await once(events, 'data');
    let isCut = false;
    events.resume().on('error', () => (isCut = true));
    const silent = Array.from({ length: 300 }, () => connect({ host: '127.0.0.1', port }).on('error', () => undefined));
    await Promise.allSettled(silent.map((socket) => once(socket, 'connect')));
    expect(await ask('/healthz', { ...pair })).toBe(200);
    expect(isCut).toBe(false);
    sent.destroy();
    for (const socket of silent) socket.destroy();
  });

  it('TLS below 1.3 is refused', async () => {
    const pair = clients['one of the authority'];
    await expect(ask('/healthz', { ...pair, maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:ERR_SSL_|ECONNRESET|EPROTO)/),
    });
  });
});
