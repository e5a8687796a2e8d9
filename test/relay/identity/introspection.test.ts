import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ReloadableAuthenticator } from '../../../relay/identity/create-authenticator.ts';
import { configSchema, type IssuerConfig } from '../../../relay/config/config-schema.ts';
import { startIdp } from '../../support/idp/start-idp.ts';
import { audience, authenticateBearer, openAuthenticator, testKey } from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const active = { active: true, sub: 'alice', aud: audience, exp: nowMs / 1000 + 100, groups: ['sre'] };

/** A provider whose introspection endpoint answers as the test says. */
async function setUp(
  given: Record<string, unknown> = {},
  files?: ReadonlyMap<string, string>,
): Promise<{
  readonly issuer: string;
  readonly authenticator: ReloadableAuthenticator;
  readonly asked: { authorization: string | undefined; form: URLSearchParams }[];
  readonly clock: { nowMs: number };
  answer: (response: ServerResponse, request: IncomingMessage) => void;
}> {
  const key = await testKey('ES256');
  const asked: { authorization: string | undefined; form: URLSearchParams }[] = [];
  const server = createServer((request, response) => {
    const issuer = `http://${request.headers.host}`;
    if (request.url === '/jwks') response.end(JSON.stringify({ keys: [key.publicJwk] }));
    else if (request.url?.startsWith('/.well-known/') === true)
      response.end(
        JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks`, introspection_endpoint: `${issuer}/introspect` }),
      );
    else {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        asked.push({ authorization: request.headers.authorization, form: new URLSearchParams(body) });
        world.answer(response, request);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = { nowMs };
  const world = {
    asked,
    clock,
    issuer,
    authenticator: openAuthenticator([{ ...settings({ issuer, introspection: {}, ...given }), files }], {
      now: () => clock.nowMs,
    }),
    answer: (response: ServerResponse, _request: IncomingMessage): void => void response.end(JSON.stringify(active)),
  };
  return world;
}

function settings(given: Record<string, unknown>): IssuerConfig {
  const config = configSchema.parse({
    relay: { name: 'Test', url: audience },
    issuers: [{ name: 'IdP', client_id: 'causeway', audience, ...given }],
    apis: [],
  });
  return config.issuers[0] as IssuerConfig;
}

describe('an opaque token', () => {
  const inactive: readonly [string, (response: ServerResponse) => void][] = [
    ['active: false', (response) => response.end('{"active":false}')],
    ['active: "true"', (response) => response.end(JSON.stringify({ ...active, active: 'true' }))],
    ['active: 1', (response) => response.end(JSON.stringify({ ...active, active: 1 }))],
    ['no active', (response) => response.end(JSON.stringify({ ...active, active: undefined }))],
    ['a list', (response) => response.end('[]')],
    ['no JSON', (response) => response.end('<html>')],
    ['an empty answer', (response) => response.end()],
    ['500', (response) => response.writeHead(500).end(JSON.stringify(active))],
    ['401', (response) => response.writeHead(401).end('{}')],
    ['a redirect', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['2 MB', (response) => response.end(JSON.stringify({ ...active, x: 'x'.repeat(2_000_000) }))],
    ['silence', () => undefined],
    ['a broken connection', (response) => response.destroy()],
    ['another audience', (response) => response.end(JSON.stringify({ ...active, aud: 'other' }))],
    [
      'no audience, and nothing that says that it is an access token',
      (response) => response.end(JSON.stringify({ ...active, aud: undefined, client_id: 'causeway' })),
    ],
    ['a refresh token', (response) => response.end(JSON.stringify({ ...active, token_type: 'refresh_token' }))],
    ['another issuer', (response) => response.end(JSON.stringify({ ...active, iss: 'https://other.example' }))],
    ['no subject', (response) => response.end(JSON.stringify({ ...active, sub: undefined }))],
  ];
  for (const [name, answer] of inactive)
    it(`is refused when the provider answers with ${name}`, async () => {
      const world = await setUp({ introspection: { timeout_seconds: 1 } });
      world.answer = answer;
      await expect(authenticateBearer(world.authenticator, 'opaque-token')).rejects.toMatchObject({
        code: 'token-rejected',
      });
    });

  it('is refused when it has ended, whatever the provider says', async () => {
    const world = await setUp();
    world.clock.nowMs = nowMs + 161_000;
    await expect(authenticateBearer(world.authenticator, 'opaque-token')).rejects.toMatchObject({
      code: 'sign-in-expired',
    });
  });

  it('is asked for once by many callers at a time, and not again while the answer counts', async () => {
    const world = await setUp({ introspection: { cache_seconds: 60 } });
    await Promise.all(Array.from({ length: 50 }, () => authenticateBearer(world.authenticator, 'opaque-token')));
    expect(world.asked).toHaveLength(1);
    world.clock.nowMs += 59_000;
    const identity = await authenticateBearer(world.authenticator, 'opaque-token');
    expect(identity).toMatchObject({ subject: 'alice', groups: ['sre'], expiresAtMs: nowMs + 160_000 });
    expect(world.asked).toHaveLength(1);
    world.clock.nowMs += 1000;
    await authenticateBearer(world.authenticator, 'opaque-token');
    expect(world.asked).toHaveLength(2);
  });

  it('is asked for again once its exp is reached, however long answers count', async () => {
    const world = await setUp({ introspection: { cache_seconds: 300 } });
    await authenticateBearer(world.authenticator, 'opaque-token');
    world.clock.nowMs = nowMs + 100_000;
    world.answer = (response) => void response.end('{"active":false}');
    await expect(authenticateBearer(world.authenticator, 'opaque-token')).rejects.toMatchObject({
      code: 'token-rejected',
    });
  });

  it('may lack optional members: the subject is then the user name, the life short', async () => {
    const world = await setUp();
    world.answer = (response) =>
      void response.end(
        JSON.stringify({ active: true, username: 'alice', client_id: 'causeway', token_type: 'Bearer' }),
      );
    const identity = await authenticateBearer(world.authenticator, 'opaque-token');
    expect(identity).toMatchObject({ subject: 'alice', groups: [], expiresAtMs: nowMs + 360_000 });
  });

  it('without any subject is of the service that got it, but refused when it comes from the app that people use', async () => {
    const world = await setUp();
    const { sub: _nobody, ...nobodys } = active;
    world.answer = (response) => void response.end(JSON.stringify({ ...nobodys, client_id: 'causeway' }));
    await expect(authenticateBearer(world.authenticator, 'first')).rejects.toThrow(/no usable sub claim/);
    world.answer = (response) => void response.end(JSON.stringify({ ...nobodys, client_id: 'nightly-report' }));
    expect(await authenticateBearer(world.authenticator, 'second')).toMatchObject({
      kind: 'service',
      subject: 'nightly-report',
    });
  });
});

describe('the token of an open session', () => {
  it('is checked again, past what is remembered; only a clear answer ends it', async () => {
    const world = await setUp({ recheck_seconds: 60, introspection: { timeout_seconds: 1 } });
    const identity = await authenticateBearer(world.authenticator, 'opaque-token');
    expect(world.authenticator.recheckAfterMs(identity)).toBe(60_000);
    expect(await world.authenticator.recheck(identity)).toBe('active');
    world.answer = (response) => void response.writeHead(500).end();
    expect(await world.authenticator.recheck(identity)).toBe('unknown');
    world.answer = () => undefined;
    expect(await world.authenticator.recheck(identity)).toBe('unknown');
    world.answer = (response) => void response.end('{"active":false}');
    expect(await world.authenticator.recheck(identity)).toBe('ended');
    await expect(authenticateBearer(world.authenticator, 'opaque-token')).rejects.toThrow(/isn’t active/);
  });

  it('is left alone without recheck_seconds', async () => {
    const world = await setUp();
    const identity = await authenticateBearer(world.authenticator, 'opaque-token');
    expect(world.authenticator.recheckAfterMs(identity)).toBeUndefined();
    expect(await world.authenticator.recheck(identity)).toBe('unknown');
    expect(world.asked).toHaveLength(1);
  });
});

describe('the relay’s own client', () => {
  it('tries the second secret when the first one is refused, and goes on with it', async () => {
    const world = await setUp({
      relay_client: { client_id: 'relay', secrets: ['${env:OLD}', '${env:NEW}'] },
      introspection: { cache_seconds: 0 },
    });
    const basic = (secret: string): string =>
      `Basic ${Buffer.from(`relay:${encodeURIComponent(secret)}`).toString('base64')}`;
    world.answer = (response, request) =>
      void (request.headers.authorization === basic('${env:NEW}')
        ? response.end(JSON.stringify(active))
        : response.writeHead(401).end('{"error":"invalid_client"}'));
    await authenticateBearer(world.authenticator, 'opaque-token');
    await authenticateBearer(world.authenticator, 'opaque-token');
    expect(world.asked.map(({ authorization }) => authorization)).toEqual([
      basic('${env:OLD}'),
      basic('${env:NEW}'),
      basic('${env:NEW}'),
    ]);
  });

  it('signs an assertion that is for the provider, short-lived and new each time', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const files = new Map([['/key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]]);
    const relayClient = { client_id: 'relay', method: 'private_key_jwt', private_key: '/key.pem' };
    const world = await setUp({ relay_client: relayClient, introspection: { cache_seconds: 0 } }, files);
    await authenticateBearer(world.authenticator, 'opaque-token');
    await authenticateBearer(world.authenticator, 'opaque-token');
    const assertions = await Promise.all(
      world.asked.map(({ form }) =>
        jwtVerify(form.get('client_assertion') ?? '', publicKey, {
          issuer: 'relay',
          subject: 'relay',
          audience: world.issuer,
          currentDate: new Date(nowMs),
        }),
      ),
    );
    expect(new Set(assertions.map(({ payload }) => payload.jti)).size).toBe(2);
    expect((assertions[0]?.payload.exp ?? 0) - nowMs / 1000).toBe(60);
    expect(world.asked[0]?.form.get('client_id')).toBe('relay');
  });
});

describe('what the relay shows to a provider is exchanged while it runs, and no token is refused meanwhile:', () => {
  const [oldKey, newKey] = ['old', 'new'].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const filesOf = (pair = oldKey): ReadonlyMap<string, string> =>
    new Map([['/key.pem', pair?.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() ?? '']]);
  const basic = (secret: string): string =>
    `Basic ${Buffer.from(`relay:${encodeURIComponent(secret)}`).toString('base64')}`;
  const isSignedBy = async (form: URLSearchParams, pair = oldKey): Promise<boolean> =>
    pair !== undefined &&
    jwtVerify(form.get('client_assertion') ?? '', pair.publicKey, { currentDate: new Date(nowMs) }).then(
      () => true,
      () => false,
    );
  const introspection = { cache_seconds: 0 };
  const jwt = {
    introspection,
    relay_client: { client_id: 'relay', method: 'private_key_jwt', private_key: '/key.pem' },
  };
  const lookup = (bearer: string) => ({
    introspection,
    relay_client: { client_id: 'relay', secrets: ['${env:FIRST}'] },
    groups_lookup: {
      url: 'https://directory.invalid/groups',
      when: 'always',
      result: 'groups',
      authorization: 'bearer',
      bearer,
      cache_seconds: 0,
    },
  });

  it.each<
    [
      what: string,
      first: Record<string, unknown>,
      next: object,
      nextFiles: ReadonlyMap<string, string>,
      isNext: (asked: Shown) => unknown,
    ]
  >([
    [
      'a secret',
      { introspection, relay_client: { client_id: 'relay', secrets: ['${env:FIRST}'] } },
      { introspection, relay_client: { client_id: 'relay', secrets: ['${env:SECOND}'] } },
      filesOf(),
      ({ authorization }) => authorization === basic('${env:SECOND}'),
    ],
    ['a key that signs assertions', jwt, jwt, filesOf(newKey), ({ form }) => isSignedBy(form, newKey)],
    [
      'what a directory is asked with',
      lookup('${env:FIRST}'),
      lookup('${env:SECOND}'),
      filesOf(),
      ({ authorization }) => authorization === 'Bearer ${env:SECOND}',
    ],
  ])('%s', async (_what, first, next, nextFiles, isNext) => {
    const world = await setUp(first, filesOf());
    const at = (given: object) =>
      JSON.parse(JSON.stringify(given).replace('https://directory.invalid', world.issuer)) as Record<string, unknown>;
    const put = (given: object, files: ReadonlyMap<string, string>): void =>
      world.authenticator.replaceIssuers([{ ...settings({ issuer: world.issuer, ...at(given) }), files }]);
    put(first, filesOf());
    const isShown = async (): Promise<boolean> => {
      await authenticateBearer(world.authenticator, 'opaque-token');
      const shown = await Promise.all(world.asked.splice(0).map(isNext));
      return shown.some(Boolean);
    };
    expect(await isShown()).toBe(false);
    const meanwhile = Promise.all(
      Array.from({ length: 20 }, () => authenticateBearer(world.authenticator, 'opaque-token')),
    );
    put(next, nextFiles);
    await meanwhile;
    world.asked.splice(0);
    expect(await isShown()).toBe(true);
  });
});

type Shown = Awaited<ReturnType<typeof setUp>>['asked'][number];

describe('with a real provider', () => {
  it('the token is shown only by a relay that the provider knows', async () => {
    const idp = await startIdp({ accessTokenFormat: 'opaque', audience });
    onTestFinished(() => idp.close());
    const authenticator = openAuthenticator([
      settings({
        issuer: idp.issuer,
        relay_client: { client_id: idp.introspectionClient.id, secrets: ['${env:WRONG}'] },
        introspection: {},
      }),
    ]);
    await expect(authenticateBearer(authenticator, 'x'.repeat(43))).rejects.toThrow(
      /refused the relay’s own credentials/,
    );
    const known = openAuthenticator([
      {
        ...settings({ issuer: idp.issuer, introspection: {} }),
        relay_client: {
          client_id: idp.introspectionClient.id,
          secrets: [idp.introspectionClient.secret],
          method: 'client_secret_basic',
          key_algorithm: 'ES256',
          assertion_audience: 'issuer',
        },
      },
    ]);
    await expect(authenticateBearer(known, 'x'.repeat(43))).rejects.toThrow(/isn’t active/);
    expect(idp.counts.introspection).toBe(2);
  });
});
