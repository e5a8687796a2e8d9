import { describe, expect, it } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import type { JsonAnswer, JsonFetcher, JsonRequest } from '../../../relay/identity/fetch-json.ts';
import type { TokenGroups } from '../../../relay/identity/groups-from-claims.ts';
import type { ProviderMetadata } from '../../../relay/identity/issuer-keys.ts';
import { createGroupsLookup } from '../../../relay/identity/look-up-groups.ts';
import type { ProviderClient } from '../../../relay/identity/relay-client.ts';

type Settings = NonNullable<IssuerConfig['groups_lookup']>;
const directory = 'https://directory.example';
const none: TokenGroups = { values: [], overage: undefined };

/** A lookup whose directory answers by address, and whose provider gives these tokens to the relay. */
function setUp(
  answers: Readonly<Record<string, unknown>>,
  given: Partial<Settings> = {},
  tokens: readonly JsonAnswer[] = [],
  metadata: Partial<ProviderMetadata> = { token_endpoint: 'https://idp.example/token' },
) {
  const asked: string[] = [];
  const posted: unknown[][] = [];
  const clock = { nowMs: 1_800_000_000_000 };
  const lookup = createGroupsLookup({
    issuer: { name: 'IdP' } as IssuerConfig,
    settings: {
      url: `${directory}/of/{oid}`,
      when: 'missing',
      result: 'value.id',
      next: 'next',
      authorization: 'none',
      cache_seconds: 60,
      timeout_seconds: 2,
      max_pages: 3,
      ...given,
    } as Settings,
    client: {
      post: async (...what: unknown[]) => {
        posted.push(what);
        return tokens[posted.length - 1] ?? { status: 500, body: null };
      },
    } satisfies ProviderClient,
    fetcher: {
      requestJson: async (url: string, request?: JsonRequest): Promise<JsonAnswer> => {
        asked.push([url.replace(directory, ''), ...Object.values(request?.headers ?? {})].join(' '));
        const answer = answers[url.replace(directory, '')];
        return typeof answer === 'number'
          ? { status: answer, body: { value: [{ id: 'x' }] } }
          : { status: 200, body: answer };
      },
    } as unknown as JsonFetcher,
    metadata: async () => metadata as ProviderMetadata,
    now: () => clock.nowMs,
  });
  const complete = (oid: unknown = 'o', groups = none): Promise<readonly string[]> => lookup.complete({ oid }, groups);
  return { asked, posted, clock, complete };
}

const page = (ids: readonly unknown[], next?: string) => ({ value: ids.map((id) => ({ id })), next });

describe('groups are not guessed', () => {
  it.each<[what: string, answer: unknown, why: RegExp]>([
    ['status 500', 500, /it answered with status 500\.$/u],
    ['status 201', 201, /it answered with status 201\.$/u],
    ['no JSON', undefined, /it answered with status 200 and no JSON\.$/u],
    ['null', null, /it answered with status 200\.$/u],
    ['a text', 'value', /it answered with status 200\.$/u],
    ['a next page elsewhere', page(['a'], 'https://other.example/'), /its next page is at another address\.$/u],
    [
      'a next page at another port',
      page(['a'], 'https://directory.example:444/'),
      /its next page is at another address\.$/u,
    ],
    ['10,001 groups', page(Array.from({ length: 10_001 }, (_, at) => `g${at}`)), /it names more than 10000 groups\.$/u],
    ['four pages', page(['a'], '/of/o'), /its answer has more than 3 pages\.$/u],
  ])('after %s', async (_what, answer, why) => {
    const { complete } = setUp({ '/of/o': answer });
    await expect(complete()).rejects.toMatchObject({ code: 'token-rejected', message: expect.stringMatching(why) });
  });

  it.each([undefined, 7, '', '.', '..', 'x'.repeat(257)])('where the claim to ask with is %j', async (oid) => {
    const { asked, complete } = setUp({});
    await expect(complete(oid === undefined ? null : oid)).rejects.toThrow(/no usable oid claim to ask with/);
    expect(asked).toEqual([]);
  });

  it.each<[what: string, answer: JsonAnswer]>([
    ['status 400', { status: 400, body: { access_token: 't' } }],
    ['no token', { status: 200, body: {} }],
    ['null', { status: 200, body: null }],
    ['a number', { status: 200, body: { access_token: 7 } }],
  ])('where the relay itself gets %s', async (_what, answer) => {
    const { asked, complete } = setUp({}, { authorization: 'client_credentials' } as Partial<Settings>, [answer]);
    await expect(complete()).rejects.toThrow(`the relay got no token for it (status ${answer.status})`);
    expect(asked).toEqual([]);
  });

  it('where nobody gives tokens, and with the reason in the token’s words', async () => {
    const { complete, posted } = setUp({}, { authorization: 'client_credentials' } as Partial<Settings>, [], {});
    await expect(complete('o', { values: [], overage: 'groups' } as TokenGroups)).rejects.toThrow(
      /leaves out the groups \(groups overage\), and the directory of IdP didn’t give them: .* names no token_endpoint/,
    );
    expect(posted).toEqual([]);
  });

  it('where too many are asked for, and that isn’t the token’s fault', async () => {
    const { complete } = setUp({});
    const codes = await Promise.all(
      Array.from({ length: 501 }, (_, at) =>
        complete(`${at}`).catch((error: unknown) => (error as { code: unknown }).code),
      ),
    );
    expect(codes.slice(-2)).toEqual(['token-rejected', 'overloaded']);
  });
});

describe('groups are those of the directory', () => {
  it.each<[when: Settings['when'], groups: TokenGroups, found: readonly string[]]>([
    ['missing', none, ['a']],
    ['missing', { values: ['own'], overage: undefined }, ['own']],
    ['missing', { values: ['own'], overage: 'groups' } as TokenGroups, ['own', 'a']],
    ['overage', none, []],
    ['overage', { values: ['own'], overage: 'groups' } as TokenGroups, ['own', 'a']],
    ['always', { values: ['own'], overage: undefined }, ['own', 'a']],
    ['always', { values: ['own', 'a'], overage: undefined }, ['own', 'a']],
  ])('when %s, with %j in the token', async (when, groups, found) => {
    const { complete } = setUp({ '/of/o': page(['a']) }, { when });
    expect(await complete('o', groups)).toEqual(found);
  });

  it('over as many pages as allowed, relative ones too, each named once', async () => {
    const { asked, complete } = setUp({
      '/of/o': page(['a', 'b'], '?page=2'),
      '/of/o?page=2': page(['b', 'c'], `${directory}/last`),
      '/last': page(['d'], ''),
    });
    expect(await complete()).toEqual(['a', 'b', 'c', 'd']);
    expect(asked).toEqual(['/of/o', '/of/o?page=2', '/last']);
  });

  it('as far as they are texts of a fitting length', async () => {
    const { complete } = setUp({
      '/of/o': {
        value: [
          { id: ['a', 'b'] },
          { id: '' },
          { id: 7 },
          null,
          'id',
          { id: 'x'.repeat(257) },
          { id: 'y'.repeat(256) },
          {},
        ],
      },
    });
    expect(await complete()).toEqual(['a', 'b', 'y'.repeat(256)]);
    const own = setUp({ '/of/o': Object.create({ value: [{ id: 'inherited' }] }) as unknown });
    expect(await own.complete()).toEqual([]);
    const many = setUp({ '/of/o': page(Array.from({ length: 10_000 }, (_, at) => `g${at}`)) });
    expect(await many.complete()).toHaveLength(10_000);
  });

  it('at an address that a claim can’t change, remembered for as long as configured', async () => {
    const { asked, clock, complete } = setUp({ '/of/a%2F..%3Fb%23': page(['a']) });
    await complete('a/..?b#');
    clock.nowMs += 59_999;
    await complete('a/..?b#');
    expect(asked).toHaveLength(1);
    clock.nowMs += 1;
    await complete('a/..?b#');
    expect(asked).toEqual(['/of/a%2F..%3Fb%23', '/of/a%2F..%3Fb%23']);
    expect(await setUp({ [`/of/${'x'.repeat(256)}`]: page(['a']) }).complete('x'.repeat(256))).toEqual(['a']);
  });

  it('with the token that is configured', async () => {
    const { asked, complete } = setUp({ '/of/o': page(['a']) }, {
      authorization: 'bearer',
      bearer: 'b',
    } as Partial<Settings>);
    await complete();
    expect(asked).toEqual(['/of/o Bearer b']);
  });

  it.each<[expiresIn: unknown, keptMs: number]>([
    [100, 80_000],
    [3600, 2_880_000],
    [7200, 2_880_000],
    [0, 48_000],
    [-5, 48_000],
    ['100', 48_000],
    [undefined, 48_000],
  ])('with a token of the relay’s own, which with expires_in %j is used for %i ms', async (expiresIn, keptMs) => {
    const tokens = ['t1', 't2'].map((value) => ({ status: 200, body: { access_token: value, expires_in: expiresIn } }));
    const given = { authorization: 'client_credentials', cache_seconds: 0, scope: 's' } as Partial<Settings>;
    const { asked, clock, complete, posted } = setUp({ '/of/o': page(['a']) }, given, tokens);
    await complete();
    clock.nowMs += keptMs - 1;
    await complete();
    clock.nowMs += 1;
    await complete();
    expect(asked).toEqual(['/of/o Bearer t1', '/of/o Bearer t1', '/of/o Bearer t2']);
    expect(posted[0]).toEqual(['https://idp.example/token', { grant_type: 'client_credentials', scope: 's' }, 2000]);
  });
});
