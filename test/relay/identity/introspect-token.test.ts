import { describe, expect, it } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import type { JsonAnswer, JsonFetcher, JsonRequest } from '../../../relay/identity/fetch-json.ts';
import { createIntrospector } from '../../../relay/identity/introspect-token.ts';
import type { ProviderMetadata } from '../../../relay/identity/issuer-keys.ts';
import type { ProviderClient } from '../../../relay/identity/relay-client.ts';

const issuer = {
  name: 'IdP',
  issuer: 'https://idp.example',
  accepted_issuers: ['https://old.example'],
} as unknown as IssuerConfig;
type Settings = NonNullable<IssuerConfig['introspection']>;
const nowMs = 1_800_000_000_000;
const exp = nowMs / 1000 + 10;

/** An introspector whose provider gives these answers, one after the other, and all that was asked. */
function introspectorOf(
  answers: readonly JsonAnswer[],
  given: Partial<Settings> = {},
  endpoints: Partial<ProviderMetadata> = {
    introspection_endpoint: 'https://idp.example/introspect',
    userinfo_endpoint: 'https://idp.example/userinfo',
  },
) {
  const asked: unknown[][] = [];
  const clock = { nowMs };
  const next = async (...what: unknown[]): Promise<JsonAnswer> => {
    asked.push(what);
    return answers[asked.length - 1] ?? { status: 500, body: undefined };
  };
  const introspector = createIntrospector({
    issuer,
    settings: { style: 'rfc7662', timeout_seconds: 2, cache_seconds: 60, ...given } as Settings,
    client: { post: next } satisfies ProviderClient,
    fetcher: { requestJson: (url: string, request?: JsonRequest) => next(url, request) } as unknown as JsonFetcher,
    metadata: async () => endpoints as ProviderMetadata,
    now: () => clock.nowMs,
  });
  return { asked, clock, introspector };
}

const ok = (body: unknown): JsonAnswer => ({ status: 200, body });
const active = { active: true, sub: 'alice', exp };

describe('a token counts as inactive', () => {
  it.each<[answer: JsonAnswer, why: RegExp]>([
    [{ status: 401, body: active }, /didn’t vouch for it: it refused the relay’s own credentials \(status 401\)/],
    [{ status: 403, body: active }, /refused the relay’s own credentials \(status 403\)/],
    [{ status: 400, body: active }, /answered with status 400/],
    [{ status: 500, body: active }, /answered with status 500/],
    [ok(undefined), /its answer isn’t an object/],
    [ok(null), /its answer isn’t an object/],
    [ok('active'), /its answer isn’t an object/],
    [ok([active]), /its answer isn’t an object/],
    [ok({ ...active, active: 'true' }), /says active: “true”, which isn’t true or false/],
    [ok({ active: false, sub: 'alice' }), /isn’t active at IdP \(introspection\)/],
    [ok({ ...active, iss: 'https://other.example' }), /comes from “https:\/\/other\.example”, says IdP/],
    [ok({ ...active, iss: 7 }), /comes from number, says IdP/],
    [ok({ ...active, iss: null }), /comes from object, says IdP/],
  ])('when the provider says %j', async (answer, why) => {
    const { introspector } = introspectorOf([answer]);
    await expect(introspector.introspect('t')).rejects.toMatchObject({
      code: 'token-rejected',
      message: expect.stringMatching(why),
    });
  });

  it('when no endpoint is known', async () => {
    const { asked, introspector } = introspectorOf([], {}, {});
    await expect(introspector.introspect('t')).rejects.toThrow(/names no introspection_endpoint/);
    expect(asked).toEqual([]);
  });

  it('for a provider that is asked too much, of another code than a bad token', async () => {
    const { introspector } = introspectorOf([]);
    const all = Array.from({ length: 501 }, (_, at) =>
      introspector.introspect(`t${at}`).catch((error: unknown) => error),
    );
    const codes = (await Promise.all(all)).map((error) => (error as { code: unknown }).code);
    expect([codes[499], codes[500]]).toEqual(['token-rejected', 'overloaded']);
  });
});

describe('an active token', () => {
  it.each([undefined, 'https://idp.example', 'https://old.example'])('may come from %s', async (iss) => {
    const { asked, introspector } = introspectorOf([ok({ ...active, iss })]);
    expect(await introspector.introspect('t')).toEqual({ ...active, iss });
    const form = { token: 't', token_type_hint: 'access_token' };
    expect(asked).toEqual([['https://idp.example/introspect', form, 2000]]);
  });

  it.each<[claims: object, keptMs: number]>([
    [active, 10_000],
    [{ active: true, exp: exp + 1000 }, 60_000],
    [{ active: true }, 60_000],
    [{ active: true, exp: 0 }, 60_000],
    [{ active: true, exp: String(exp) }, 60_000],
    [{ active: false }, 60_000],
  ])('is asked for again after %j: %i ms', async (claims, keptMs) => {
    const { asked, clock, introspector } = introspectorOf([ok(claims), ok(claims)]);
    const ask = (): Promise<unknown> => introspector.introspect('t').catch(() => undefined);
    await ask();
    clock.nowMs += keptMs - 1;
    await ask();
    expect(asked).toHaveLength(1);
    clock.nowMs += 1;
    await ask();
    expect(asked).toHaveLength(2);
  });

  it('is remembered until it is heard to be inactive', async () => {
    const { introspector } = introspectorOf([ok(active), ok(active), ok({ active: false }), ok({ active: false })]);
    await introspector.introspect('t');
    expect(await introspector.isActive('t')).toBe(true);
    expect(await introspector.introspect('t')).toEqual(active);
    expect(await introspector.isActive('t')).toBe(false);
    await expect(introspector.introspect('t')).rejects.toThrow(/isn’t active/);
  });
});

describe('by tokeninfo', () => {
  const tokeninfo = (answers: readonly JsonAnswer[], endpoints?: Partial<ProviderMetadata>) =>
    introspectorOf(answers, { style: 'tokeninfo', url: 'https://idp.example/tokeninfo' }, endpoints);
  const info = { sub: '7', azp: 'app', aud: 'api', exp: String(exp) };
  const known = { ...info, exp, client_id: 'app' };

  it.each<[what: string, answers: JsonAnswer[], why: RegExp]>([
    ['an unknown token', [{ status: 400, body: { error: 'invalid_token' } }], /isn’t active at IdP/],
    ['a failure', [{ status: 500, body: info }], /answered with status 500/],
    ['a person that isn’t told', [ok(info), { status: 403, body: info }], /userinfo endpoint answered with status 403/],
    ['a person that isn’t JSON', [ok(info), ok(undefined)], /userinfo endpoint answered with status 200/],
    ['a person of nothing', [ok(info), ok(null)], /userinfo endpoint answered with status 200/],
    ['another person', [ok(info), ok({ sub: '8' })], /speaks of somebody else/],
  ])('%s is refused', async (_what, answers, why) => {
    await expect(tokeninfo(answers).introspector.introspect('t')).rejects.toMatchObject({
      code: 'token-rejected',
      message: expect.stringMatching(why),
    });
  });

  it('a person’s details complete what is said of the token, and change nothing of it', async () => {
    const { asked, introspector } = tokeninfo([ok(info), ok({ sub: '7', email: 'a@b.example', aud: 'other', exp: 1 })]);
    expect(await introspector.introspect('t&x')).toEqual({ ...known, email: 'a@b.example' });
    expect(asked).toEqual([
      ['https://idp.example/tokeninfo?access_token=t%26x', { timeoutMs: 2000 }],
      ['https://idp.example/userinfo', { headers: { authorization: 'Bearer t&x' }, timeoutMs: 2000 }],
    ]);
  });

  it('the client is who the token was made for where nobody else is named, and nobody’s details are needed', async () => {
    const { azp: _app, ...others } = info;
    const { introspector } = tokeninfo([ok({ ...others, exp: 'soon' })], {});
    expect(await introspector.introspect('t')).toEqual({ ...others, exp: 'soon', client_id: 'api' });
  });
});
