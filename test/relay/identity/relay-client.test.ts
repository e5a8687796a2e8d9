import { generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import type { JsonAnswer, JsonFetcher, JsonRequest } from '../../../relay/identity/fetch-json.ts';
import { createProviderClient } from '../../../relay/identity/relay-client.ts';

const issuer = 'https://idp.example';
const url = `${issuer}/introspect`;
const nowMs = 1_800_000_000_500;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

type Client = NonNullable<Parameters<typeof createProviderClient>[0]['client']>;
const client: Client = {
  client_id: 'relay: 1',
  method: 'client_secret_basic',
  secrets: [],
  key_algorithm: 'ES256',
  assertion_audience: 'issuer',
};

/** A client whose provider gives these answers, one after the other, and what the provider was asked. */
function clientOf(given: Partial<Client> | undefined, answers: readonly JsonAnswer[] = [], pem?: string) {
  const asked: (JsonRequest | undefined)[] = [];
  const fetcher = {
    requestJson: async (_url: string, request?: JsonRequest) => {
      asked.push(request);
      return answers[asked.length - 1] ?? { status: 200, body: {} };
    },
  } as unknown as JsonFetcher;
  const settings = given === undefined ? undefined : { ...client, ...given };
  const own = createProviderClient({ issuer, client: settings, privateKeyPem: pem, fetcher, now: () => nowMs });
  return { asked, post: () => own.post(url, { token: 't' }, 900) };
}

const basic = (secret: string): string => `Basic ${Buffer.from(`relay%3A+1:${secret}`).toString('base64')}`;

describe('the relay says who it is', () => {
  it('not at all where its key isn’t loaded', async () => {
    const { asked, post } = clientOf({ method: 'private_key_jwt' });
    await expect(post()).rejects.toThrow('the key for private_key_jwt isn’t loaded');
    expect(asked).toEqual([]);
  });

  it.each<[how: string, given: Partial<Client> | undefined, request: JsonRequest]>([
    ['by nothing without a client', undefined, { form: { token: 't' }, timeoutMs: 900 }],
    [
      'by a header with both parts encoded as in forms',
      { secrets: ['a:b c'] },
      { form: { token: 't' }, timeoutMs: 900, headers: { authorization: basic('a%3Ab+c') } },
    ],
    [
      'by members of the form',
      { method: 'client_secret_post', secrets: ['a:b c'] },
      { form: { token: 't', client_id: 'relay: 1', client_secret: 'a:b c' }, timeoutMs: 900 },
    ],
    [
      'by its certificate',
      { method: 'tls_client_auth' },
      { form: { token: 't', client_id: 'relay: 1' }, timeoutMs: 900 },
    ],
  ])('%s', async (_how, given, request) => {
    const { asked, post } = clientOf(given);
    await post();
    expect(asked).toEqual([request]);
  });

  it.each<[given: Partial<Client>, audience: string, header: object]>([
    [{}, issuer, { alg: 'ES256' }],
    [{ key_id: 'k-1' }, issuer, { alg: 'ES256', kid: 'k-1' }],
    [{ assertion_audience: 'token_endpoint' }, url, { alg: 'ES256' }],
  ])('by an assertion of a minute, with %j', async (given, audience, header) => {
    const { asked, post } = clientOf({ method: 'private_key_jwt', ...given }, [], privateKeyPem);
    await post();
    const { client_assertion: assertion = '', ...form } = asked[0]?.form ?? {};
    expect(form).toEqual({
      token: 't',
      client_id: 'relay: 1',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    expect(asked[0]?.timeoutMs).toBe(900);
    expect(decodeProtectedHeader(assertion)).toEqual(header);
    const { payload } = await jwtVerify(assertion, publicKey, { currentDate: new Date(nowMs) });
    expect(payload).toEqual({
      iss: 'relay: 1',
      sub: 'relay: 1',
      aud: audience,
      iat: 1_800_000_000,
      exp: 1_800_000_060,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/u),
    });
  });
});

describe('with two secrets', () => {
  const ok = { status: 200, body: {} };
  const refused = { status: 401, body: undefined };
  /** Which secrets the provider saw in three calls, by what it answers to each. */
  const seen = async (secrets: string[], answers: readonly JsonAnswer[]): Promise<unknown> => {
    const { asked, post } = clientOf({ secrets }, answers);
    const statuses = [(await post()).status, (await post()).status, (await post()).status];
    const names = new Map(secrets.map((secret) => [basic(secret), secret]));
    return [asked.map((request) => names.get(request?.headers?.['authorization'] ?? '')).join(''), statuses];
  };

  it.each<[what: string, secrets: string[], answers: JsonAnswer[], seen: string, statuses: number[]]>([
    [
      'neither is taken: the first one stays the first',
      ['a', 'b'],
      Array<JsonAnswer>(6).fill(refused),
      'ababab',
      [401, 401, 401],
    ],
    ['there is one alone', ['a'], [refused, refused, refused], 'aaa', [401, 401, 401]],
    ['the first one is taken', ['a', 'b'], [ok, ok, ok], 'aaa', [200, 200, 200]],
    ['the second one is', ['a', 'b'], [refused, ok, ok, ok], 'abbb', [200, 200, 200]],
    ['the first one is again', ['a', 'b'], [refused, ok, refused, ok, ok], 'abbaa', [200, 200, 200]],
    [
      'invalid_client, with 400',
      ['a', 'b'],
      [{ status: 400, body: { error: 'invalid_client' } }, ok, ok, ok],
      'abbb',
      [200, 200, 200],
    ],
    [
      'another error, with 400',
      ['a', 'b'],
      [{ status: 400, body: { error: 'invalid_request' } }],
      'aaa',
      [400, 200, 200],
    ],
    [
      'an error that isn’t one',
      ['a', 'b'],
      [
        { status: 400, body: null },
        { status: 503, body: 'invalid_client' },
        { status: 400, body: {} },
      ],
      'aaa',
      [400, 503, 400],
    ],
  ])('%s', async (_what, secrets, answers, names, statuses) => {
    expect(await seen(secrets, answers)).toEqual([names, statuses]);
  });
});
