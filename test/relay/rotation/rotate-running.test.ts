import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { keysCommand } from '../../../relay/commands/keys.ts';
import { requireRelay } from '../../../relay/commands/running-relay.ts';
import { freePort } from '../../support/free-port.ts';
import type { DialedWorld } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { caep, startTransmitter, type TestTransmitter } from '../signals/start-transmitter.ts';
import { patience, underLoad as underLoadOf } from './under-load.ts';

let world: TunnelWorld;
let transmitter: TestTransmitter;
let folder: string;
let adminPort: number;
/** Authorities of the certificates before and after. */
let ca: string;
let next: { readonly cert: string; readonly key: string };
const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
const oldKey = randomBytes(32);
const newKey = randomBytes(32);
const secretOf = (key: Buffer): string => `whsec_${key.toString('base64')}`;

/** A receiver of webhooks that knows some keys, by which of the two the last message was signed, and how many it refused. */
const hook = { keys: ['old', 'new'], lastSignedBy: [] as readonly string[], taken: 0, refused: 0 };
const hookServer = createServer((incoming, response) => {
  void text(incoming).then((body) => {
    const signed = `${String(incoming.headers['webhook-id'])}.${String(incoming.headers['webhook-timestamp'])}.${body}`;
    const given = String(incoming.headers['webhook-signature']).split(' ');
    const isBy = (key: Buffer): boolean =>
      given.includes(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    hook.lastSignedBy = [...(isBy(oldKey) ? ['old'] : []), ...(isBy(newKey) ? ['new'] : [])];
    const isKnown = hook.lastSignedBy.some((name) => hook.keys.includes(name));
    if (isKnown) hook.taken += 1;
    else hook.refused += 1;
    response.writeHead(isKnown ? 204 : 401).end();
  });
});

beforeAll(async () => {
  adminPort = await freePort();
  hookServer.listen(0, '127.0.0.1');
  await once(hookServer, 'listening');
  transmitter = await startTransmitter('signals');
  world = await startTunnelWorld({
    configure: (config) => ({
      ...config,
      admin: { listen: { port: adminPort }, tls: { cert: 'relay.pem', key: 'relay-key.pem' } },
    }),
  });
  folder = dirname(world.dataDir);
  // An authority of its own: two of the same name can’t be told apart.
  const made = await generate([{ name: 'commonName', value: 'second.example' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 86_400_000),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  next = { cert: made.cert, key: made.private };
  ca = `${world.ca}\n${made.cert}`;
  put('credential', 'first');
  put('hook-secret', secretOf(oldKey));
  put('push-secret', 'the-first-push-secret');
  world.configure((config) => ({
    ...config,
    apis: config.apis.map((api) => ({ ...api, headers: { 'x-credential': '${file:credential}' } })),
    audit: {
      sinks: [
        {
          name: 'hook',
          kind: 'webhook',
          url: `http://127.0.0.1:${(hookServer.address() as AddressInfo).port}/`,
          secrets: ['${file:hook-secret}'],
          gather_ms: 20,
        },
      ],
    },
    signals: [
      { name: 'okta', transmitter: transmitter.url, audience: 'signals', push: { bearer: ['${file:push-secret}'] } },
    ],
  }));
}, 120_000);
afterAll(async () => {
  agent.destroy();
  hookServer.closeAllConnections();
  hookServer.close();
  await world?.close();
  await transmitter?.close();
});

const put = (name: string, content: string): void => {
  const path = join(folder, name);
  // In one step, as those who rotate secrets do it: the relay never reads the half of one.
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly certificate: string;
}

const ask = (
  port: number,
  path: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request({ host: '127.0.0.1', port, path, method, headers, ca, agent }, (response) => {
      const certificate = (response.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? '';
      text(response).then((found) => resolve({ status: response.statusCode ?? 0, body: found, certificate }), reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
const trusting = (): DialedWorld => ({ ca, relayPort: world.relayPort, issuer: world.issuer });
const push = async (secret: string): Promise<number> => {
  const subject = { format: 'iss_sub', iss: world.issuer.url, sub: crypto.randomUUID() };
  const token = await transmitter.set({ [`${caep}session-revoked`]: { subject } });
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/secevent+jwt' };
  return (await ask(world.relayPort, '/v1/signals/okta', token, headers)).status;
};
const newest = () => world.echo.requests.at(-1)?.headers ?? {};

const underLoad = (work: () => Promise<void>): Promise<void> =>
  underLoadOf(
    trusting,
    {
      'the public port': async () => (await ask(world.relayPort, '/healthz')).status,
      'the operators’ port': async () => (await ask(adminPort, '/healthz')).status,
    },
    work,
  );

describe('while requests go on, without one that fails,', { timeout: 120_000 }, () => {
  it('the credential of an API is exchanged', async () => {
    await underLoad(async () => {
      await vi.waitFor(() => expect(newest()['x-credential']).toBe('first'), patience);
      put('credential', 'second');
      await vi.waitFor(() => expect(newest()['x-credential']).toBe('second'), patience);
    });
  });

  it('the secret of a webhook is exchanged: both sign meanwhile', async () => {
    await underLoad(async () => {
      await vi.waitFor(() => expect(hook.lastSignedBy).toEqual(['old']), patience);
      put('hook-secret-2', secretOf(newKey));
      const withSecrets = (secrets: readonly string[]): void =>
        world.configure((config) => ({
          ...config,
          audit: { sinks: (config.audit?.sinks ?? []).map((sink) => ({ ...sink, secrets: [...secrets] })) },
        }));
      withSecrets(['${file:hook-secret}', '${file:hook-secret-2}']);
      await vi.waitFor(() => expect(hook.lastSignedBy).toEqual(['old', 'new']), patience);
      // From now on the receiver knows the new one alone.
      hook.keys = ['new'];
      withSecrets(['${file:hook-secret-2}']);
      await vi.waitFor(() => expect(hook.lastSignedBy).toEqual(['new']), patience);
    });
    expect(hook.refused).toBe(0);
  });

  it('the secret of a provider that pushes events is exchanged: both count meanwhile', async () => {
    await underLoad(async () => {
      await vi.waitFor(async () => expect(await push('the-first-push-secret')).toBe(202), patience);
      put('push-secret-2', 'the-second-push-secret');
      const withSecrets = (bearer: readonly string[]): void =>
        world.configure((config) => ({
          ...config,
          signals: (config.signals ?? []).map((signal) => ({ ...signal, push: { bearer: [...bearer] } })),
        }));
      withSecrets(['${file:push-secret-2}', '${file:push-secret}']);
      await vi.waitFor(async () => expect(await push('the-second-push-secret')).toBe(202), patience);
      expect(await push('the-first-push-secret')).toBe(202);
      withSecrets(['${file:push-secret-2}']);
      await vi.waitFor(async () => expect(await push('the-first-push-secret')).toBe(401), patience);
      expect(await push('the-second-push-secret')).toBe(202);
    });
  });

  it('the key that signs identities for APIs is replaced', async () => {
    const verify = async (): Promise<string | undefined> => {
      const token = String(newest()['x-causeway-identity']);
      const keys = JSON.parse((await ask(world.relayPort, '/.well-known/jwks.json')).body) as JSONWebKeySet;
      return (await jwtVerify(token, createLocalJWKSet(keys))).protectedHeader.kid;
    };
    await underLoad(async () => {
      await vi.waitFor(async () => expect(await verify()).toBeTypeOf('string'), patience);
      const before = await verify();
      const write = (): void => undefined;
      const place = { dataDir: world.dataDir, redis: undefined, storage: undefined };
      expect(await keysCommand({ ...place, key: 'identity', reason: 'It leaked', write })).toBe(0);
      await vi.waitFor(async () => {
        const now = await verify();
        expect(now).toBeTypeOf('string');
        expect(now).not.toBe(before);
      }, patience);
    });
    const acts = queryAudit(world.dataDir, { type: 'administrator', limit: 100 }).map(({ record }) => record);
    expect(acts).toContainEqual(
      expect.objectContaining({ act: 'identity-keys-replaced', reason: 'It leaked', person: null }),
    );
  });

  // By the socket, which Windows hasn’t.
  it.runIf(process.platform !== 'win32')(
    'the key that signs the audit is replaced: the one so far vouches for the next',
    async () => {
      const keyBefore = readFileSync(join(world.dataDir, 'audit-verifier-key.txt'), 'utf8');
      const written: string[] = [];
      await underLoad(async () => {
        const relay = await requireRelay(world.dataDir);
        const write = (text: string): void => void written.push(text);
        expect(await keysCommand({ relay, key: 'audit', reason: 'It leaked', write })).toBe(0);
        const taken = hook.taken;
        // The sinks go on, in the same log.
        await vi.waitFor(() => expect(hook.taken).toBeGreaterThan(taken), patience);
      });
      const keyAfter = written.join('').split('\n').at(-2) ?? '';
      expect(keyBefore).not.toContain(keyAfter);
      const acts = queryAudit(world.dataDir, { limit: 1000 }).map(({ record }) => record);
      expect(acts).toContainEqual(expect.objectContaining({ act: 'audit-key-replaced', reason: 'It leaked' }));
      const changes = acts.flatMap((act) => ('event' in act && act.event === 'audit-key-changed' ? [act.detail] : []));
      expect(changes.join('\n')).toContain(keyAfter);
      expect(changes.join('\n'), 'who and why can be erased').not.toContain('It leaked');
      const last = queryAudit(world.dataDir, { limit: 1 })[0]?.seq ?? 0;
      for (const verifierKey of [keyBefore, keyAfter])
        await vi.waitFor(
          () => {
            const verdict = verifyAudit(world.dataDir, { verifierKey });
            expect(verdict).toMatchObject({ status: 'ok' });
            expect(verdict.status === 'ok' && verdict.signedUpTo).toBeGreaterThanOrEqual(last);
          },
          { timeout: 30_000, interval: 500 },
        );
    },
  );

  it('the certificates of both ports are exchanged', async () => {
    await underLoad(async () => {
      const before = (await ask(world.relayPort, '/healthz')).certificate;
      // A pair that doesn’t fit for a moment isn’t taken.
      put('relay.pem', next.cert);
      put('relay-key.pem', next.key);
      for (const port of [world.relayPort, adminPort])
        await vi.waitFor(async () => expect((await ask(port, '/healthz')).certificate).not.toBe(before), patience);
    });
  });
});
