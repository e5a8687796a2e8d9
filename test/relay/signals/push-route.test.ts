import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, generateKeyPair } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditReader } from '../../../relay/audit/reading/audit-reader.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import type { AuditLog } from '../../../relay/audit/audit-record.ts';
import { signalsSchema } from '../../../relay/config/signals-schema.ts';
import { createRouter } from '../../../relay/http/public/route.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { startSignals, type Signals } from '../../../relay/signals/receive/start-signals.ts';
import { openSignalStore } from '../../../relay/signals/signal-store.ts';
import { caep, risc, type SetParts, ssf, startTransmitter, type TestTransmitter } from './start-transmitter.ts';

const audience = 'https://relay.example';
const issuer = 'https://idp.example';
const secret = 'a-push-secret-of-some-length';
const log = pino({ level: 'silent' });
let transmitter: TestTransmitter;
let signals: Signals;
let audit: AuditLog;
let server: Server;
let dataDir: string;
let stranger: CryptoKey;
let rsa: CryptoKey;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'causeway-signals-'));
  transmitter = await startTransmitter(audience);
  [{ privateKey: stranger }, { privateKey: rsa }] = await Promise.all([
    generateKeyPair('ES256'),
    generateKeyPair('RS384'),
  ]);
  const [config] = signalsSchema.parse([
    { name: 'okta', transmitter: transmitter.url, push: { bearer: [secret, `${secret}-next`] }, max_age_seconds: 3600 },
  ]);
  if (config === undefined) throw new Error('there is a transmitter');
  // Records wait for nobody: what is acted on is read from the revocations.
  audit = await createAuditLog({ dataDir, log });
  signals = startSignals({
    transmitters: [{ config, audience, issuers: [issuer], caPem: undefined }],
    place: { dataDir },
    openStore: () => openSignalStore(dataDir),
    audit,
    log,
    maxBytes: 8192,
  });
  const { recordActs } = await import('../../../relay/start/record-acts.ts');
  const acts = recordActs({ dataDir, audit, log, pollMs: 20 });
  server = createServer(createRouter({ log, routes: [signals.route], callerOf: () => Promise.resolve(null) }));
  server.once('close', () => acts.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await signals.close();
  await audit.close();
  await transmitter.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Sent {
  readonly name?: string;
  readonly bearer?: string | null;
  readonly type?: string;
  readonly method?: string;
}

async function push(
  body: string,
  { name = 'okta', bearer = secret, type = 'application/secevent+jwt', method = 'POST' }: Sent = {},
) {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/signals/${name}`, {
    method,
    headers: { 'content-type': type, ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
    ...(method === 'GET' ? {} : { body }),
  });
  const text = await answer.text();
  return { status: answer.status, err: text === '' ? undefined : (JSON.parse(text) as { err?: string }).err };
}

const marks = (): number => {
  const file = openRevocationFile(dataDir);
  try {
    return file.read(Date.now()).length;
  } finally {
    file.close();
  }
};
let people = 0;
/** Events of somebody new, so that what is acted on can be counted. */
const revoked = (payload: object = {}): Readonly<Record<string, object>> => {
  people += 1;
  return {
    [`${caep}session-revoked`]: { subject: { format: 'iss_sub', iss: issuer, sub: `p-${people}` }, ...payload },
  };
};
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe('a pushed event', () => {
  type Case = [string, number, string, () => SetParts];
  it.each<Case>([
    ['of another issuer', 400, 'invalid_issuer', () => ({ claims: { iss: 'https://other.example' } })],
    ['without an issuer', 400, 'invalid_issuer', () => ({ claims: { iss: undefined } })],
    ['for another audience', 400, 'invalid_audience', () => ({ claims: { aud: 'https://other.example' } })],
    ['without an audience', 400, 'invalid_audience', () => ({ claims: { aud: undefined } })],
    ['of another kind', 400, 'invalid_request', () => ({ header: { typ: 'JWT' } })],
    ['of no kind', 400, 'invalid_request', () => ({ header: { typ: undefined } })],
    ['that is a logout token', 400, 'invalid_request', () => ({ header: { typ: 'logout+jwt' } })],
    ['with an algorithm that isn’t allowed', 400, 'invalid_request', () => ({ header: { alg: 'RS384' }, key: rsa })],
    ['that brings its own key', 400, 'invalid_request', () => ({ header: { jwk: { kty: 'EC' } } })],
    ['signed by somebody else', 400, 'authentication_failed', () => ({ key: stranger })],
    [
      'signed with a key that may be published yet',
      503,
      'invalid_request',
      () => ({ header: { kid: 'two' }, key: stranger }),
    ],
    ['without an id', 400, 'invalid_request', () => ({ claims: { jti: undefined } })],
    ['with an id that is no text', 400, 'invalid_request', () => ({ claims: { jti: 1 } })],
    ['without a time', 400, 'invalid_request', () => ({ claims: { iat: undefined } })],
    ['that is old', 400, 'invalid_request', () => ({ claims: { iat: nowSeconds() - 3600 - 120 } })],
    ['from the future', 400, 'invalid_request', () => ({ claims: { iat: nowSeconds() + 120 } })],
    ['that has ended', 400, 'invalid_request', () => ({ claims: { exp: nowSeconds() - 120 } })],
    ['without events', 400, 'invalid_request', () => ({ claims: { events: undefined } })],
    ['with no event', 400, 'invalid_request', () => ({ claims: { events: {} } })],
    ['with events that are a list', 400, 'invalid_request', () => ({ claims: { events: [] } })],
    [
      'with an event that is no object',
      400,
      'invalid_request',
      () => ({ claims: { events: { [`${caep}session-revoked`]: 1 } } }),
    ],
    ['without a subject', 400, 'invalid_request', () => ({ claims: { events: { [`${caep}session-revoked`]: {} } } })],
  ])('%s is refused', async (_, status, err, parts) => {
    const before = marks();
    expect(await push(await transmitter.set(revoked(), parts()))).toEqual({ status, err });
    expect(marks()).toBe(before);
  });

  it.each<[string, number, string | undefined, (token: string) => [string, Sent]]>([
    ['without a secret', 401, 'authentication_failed', (token) => [token, { bearer: null }]],
    ['with a wrong secret', 401, 'authentication_failed', (token) => [token, { bearer: `${secret}x` }]],
    ['as another type', 400, 'invalid_request', (token) => [token, { type: 'application/jwt' }]],
    ['as a form', 400, 'invalid_request', (token) => [`token=${token}`, { type: 'application/x-www-form-urlencoded' }]],
    ['that is no JWT', 400, 'invalid_request', () => ['nonsense', {}]],
    ['that is empty', 400, 'invalid_request', () => ['', {}]],
    ['that is encrypted', 400, 'invalid_request', (token) => [`${token}.a.b`, {}]],
    ['with another signature', 400, 'authentication_failed', (token) => [`${token.slice(0, -10)}AAAAAAAAAA`, {}]],
    ['without a signature', 400, 'invalid_request', (token) => [`${noneHeader}.${token.split('.')[1]}.`, {}]],
    ['that is too large', 413, 'invalid_request', (token) => [token + 'x'.repeat(9000), {}]],
    ['to a transmitter that isn’t known', 404, undefined, (token) => [token, { name: 'entra' }]],
    ['by GET', 405, undefined, (token) => [token, { method: 'GET' }]],
  ])('%s is refused', async (_, status, err, change) => {
    const before = marks();
    const [body, sent] = change(await transmitter.set(revoked()));
    expect(await push(body, sent)).toEqual({ status, err });
    expect(marks()).toBe(before);
  });

  it('is acted on once, however often it is sent, also at once', async () => {
    const before = marks();
    const token = await transmitter.set(revoked());
    const all = await Promise.all([push(token), push(token), push(token)]);
    expect(all.map(({ status }) => status).filter((status) => status !== 202 && status !== 503)).toEqual([]);
    expect(await push(token)).toEqual({ status: 202, err: undefined });
    expect(await push(token, { bearer: `${secret}-next` })).toEqual({ status: 202, err: undefined });
    expect(marks()).toBe(before + 1);
    const reader = openAuditReader(dataDir);
    try {
      const acts = [...reader.newestFirst({ type: 'administrator' })].filter(
        ({ record }) => record.type === 'administrator' && record.person?.subject === `p-${people}`,
      );
      expect(acts.map(({ record }) => record)).toMatchObject([
        {
          act: 'sign-ins-revoked',
          operator: { user: 'okta (shared signals)', sudoUser: null },
          reason: 'session-revoked',
          person: { issuer },
        },
      ]);
    } finally {
      reader.close();
    }
  });

  it.each<[string, () => Readonly<Record<string, object>>]>([
    ['of a kind that isn’t known', () => ({ 'https://acme.example/events/lunch': { at: 'noon' } })],
    [
      'of somebody of another provider',
      () => ({ [`${caep}session-revoked`]: { subject: { format: 'iss_sub', iss: 'https://x.example', sub: 'a' } } }),
    ],
    [
      'of a user name that nobody here has',
      () => ({ [`${caep}session-revoked`]: { subject: { format: 'email', email: 'nobody@acme.example' } } }),
    ],
    [
      'that enables an account that isn’t locked',
      () => ({ [`${risc}account-enabled`]: { subject: { format: 'iss_sub', iss: issuer, sub: 'free' } } }),
    ],
    ['that tests the stream', () => ({ [`${ssf}verification`]: { state: 'test' } })],
  ])('%s is acknowledged, and nothing is done', async (_, events) => {
    const before = marks();
    expect(await push(await transmitter.set(events()))).toEqual({ status: 202, err: undefined });
    expect(marks()).toBe(before);
  });

  it('counts for sign-ins from before it happened alone', async () => {
    const happened = nowSeconds() - 600;
    await push(await transmitter.set(revoked({ event_timestamp: happened })));
    const file = openRevocationFile(dataDir);
    const mark = file.read(Date.now()).find(({ name }) => name.includes(`"p-${people}"`));
    file.close();
    expect(mark).toMatchObject({ atMs: happened * 1000, by: 'provider' });
  });

  it('is counted, and the last refusal is told', async () => {
    const store = openSignalStore(dataDir);
    const [state] = await store.states();
    store.close();
    expect(state).toMatchObject({
      name: 'okta',
      verifiedAtMs: expect.any(Number) as number,
      error: expect.any(String) as string,
    });
    expect(state?.acted).toBe(2);
    expect(state?.unknownEvent).toBe(1);
    expect(state?.refused).toBeGreaterThan(20);
    expect(state?.repeated).toBeGreaterThanOrEqual(2);
  });
});

const noneHeader = Buffer.from(JSON.stringify({ alg: 'none', typ: 'secevent+jwt' })).toString('base64url');
