import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { samlSchema } from '../../../relay/config/saml-schema.ts';
import { openIdpMetadata } from '../../../relay/saml/idp-metadata-source.ts';
import { startSamlWorld, type SamlWorld } from '../saml/saml-world.ts';

/** What a reader may cost; the least of several tries counts, because a busy machine is slow in each of them. */
const maxBlockedMs = 250;
const tries = 5;
const mostTries = 25;

let world: SamlWorld;
let host: string;
let port: number;

beforeAll(async () => {
  world = await startSamlWorld();
  ({ hostname: host } = new URL(world.relayUrl));
  port = Number(new URL(world.relayUrl).port);
});
afterAll(() => world.close());

interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Status of the answer; 0 for a connection that the relay ended instead. */
function ask({ method = 'GET', path, headers = {}, body }: Ask): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest({ host, port, path, method, headers, agent: false, maxHeaderSize: 1_000_000 });
    request.on('response', (response) => {
      response.on('error', () => undefined).resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', () => resolve(0));
    request.end(body);
  });
}

async function blockedMs(work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  const isEnough = (count: number): boolean => least < (count < tries ? maxBlockedMs / 5 : maxBlockedMs / 2);
  for (let count = 0; count < mostTries && !isEnough(count); count += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await pause(2);
    await work();
    await pause(2);
    delay.disable();
    least = Math.min(least, delay.max / 1e6);
  }
  return least;
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
const members = (count: number, make: (at: number) => string): string =>
  `{${Array.from({ length: count }, (_none, at) => make(at)).join(',')}}`;
const jwt = (header: string, payload: string, signature = 'AAAA'): string =>
  `${base64url(header)}.${base64url(payload)}.${signature}`;
const goodHeader = '{"alg":"RS256","typ":"at+jwt","kid":"k"}';

/** JSON of at most so many bytes that is as dear to read as JSON can be. */
const worstJson = (bytes: number): readonly (readonly [what: string, json: string])[] => [
  ['arrays in arrays', nested('[', ']', bytes / 2)],
  ['objects in objects', nested('{"":', '}', bytes / 6).replace('}', '1}')],
  ['many members', members(bytes / 12, (at) => `"m${at}":1`)],
  ['names that share their hash’s beginning', members(bytes / 24, (at) => `"${String(at).padStart(16, '0')}":1`)],
  ['names that are numbers', members(bytes / 10, (at) => `"${at * 7919}":1`)],
  ['one long name', `{"${'n'.repeat(bytes - 10)}":1}`],
  ['names in escapes', members(bytes / 24, (at) => `"\\u0061\\u00${10 + (at % 80)}${at}":1`)],
  ['nothing but escapes', `{"a":"${'\\u0000'.repeat(bytes / 6 - 2)}"}`],
  ['backslashes', `{"a":"${'\\\\'.repeat(bytes / 2 - 5)}`],
  ['quotes without end', '"'.repeat(bytes)],
  ['white space behind a name', `{"a"${' '.repeat(bytes - 10)}:1}`],
  ['white space behind many texts', `{"a":[${'"",\t\t\t'.repeat(bytes / 7)}""]}`],
  ['a long number', `{"exp":${'9'.repeat(bytes - 10)}}`],
  ['a number with a long fraction', `{"exp":0.${'0'.repeat(bytes - 12)}1}`],
  ['many numbers', `{"a":[${'1e308,'.repeat(bytes / 7)}1]}`],
];

const tokens: readonly (readonly [what: string, token: string])[] = [
  ['more than a token may hold', jwt(nested('[', ']', 22_000), '{}')],
  ...worstJson(11_000).map(([what, json]) => [`a header of ${what}`, jwt(json, '{}')] as const),
  ...worstJson(11_000).map(([what, json]) => [`a payload of ${what}`, jwt(goodHeader, json)] as const),
  ['a signature of 60,000 characters', jwt(goodHeader, '{}', 'A'.repeat(60_000))],
  ['dots alone', '.'.repeat(60_000)],
  ['parts without end', 'eyJ.'.repeat(15_000)],
  ['five parts', `${jwt('{"alg":"dir","enc":"A256GCM","zip":"DEF"}', 'x'.repeat(40_000))}.AAAA.AAAA`],
  ['crit of many names', jwt(`{"alg":"RS256","crit":[${'"a",'.repeat(2500)}"b"]}`, '{}')],
  [
    'an embedded key of 12,000 digits',
    jwt(`{"alg":"RS256","jwk":{"kty":"RSA","e":"AQAB","n":"${'A'.repeat(11_000)}"}}`, '{}'),
  ],
  ['a chain of certificates', jwt(`{"alg":"RS256","x5c":[${'"MIIB",'.repeat(1400)}"A"]}`, '{}')],
  ['a kid of 10,000 characters', jwt(`{"alg":"RS256","kid":"${'../'.repeat(3300)}"}`, '{}')],
  ['what isn’t base64', 'ö'.repeat(100) + '='.repeat(60_000)],
];

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const forms: readonly (readonly [what: string, body: string])[] = [
  ['many fields', 'a=&'.repeat(20_000)],
  ['fields without a name', '&='.repeat(30_000)],
  ['percent signs', `logout_token=${'%'.repeat(60_000)}`],
  ['escapes of half characters', `logout_token=${'%f0%9f'.repeat(10_000)}`],
  ['brackets in brackets', `${nested('a[', ']', 20_000)}=1`],
  ['one name many times', 'logout_token=a&SAMLResponse=b&code=c&'.repeat(1600)],
  ['a long token', `logout_token=${jwt(goodHeader, '{"a":1}', 'A'.repeat(60_000))}`],
  ['deep claims', `client_id=causeway&claims=${nested('[', ']', 20_000)}`],
  ['base64 that doesn’t end', `SAMLResponse=${'A'.repeat(60_000)}&RelayState=x`],
  ['something that blows up', `SAMLRequest=${encodeURIComponent(Buffer.alloc(40_000, 0x78).toString('base64'))}`],
];

const header = (what: string, headers: Record<string, string>, path = '/v1/catalog') =>
  [what, { path, headers }] as const;

describe('a stranger’s request keeps nobody else waiting:', () => {
  it.each<readonly [what: string, request: Ask]>([
    ...tokens.map(([what, token]) => header(`a token with ${what}`, { authorization: `Bearer ${token}` })),
    ...tokens
      .slice(0, 8)
      .map(([what, token]) => header(`a proof with ${what}`, { authorization: 'DPoP eyJ.e.A', dpop: token })),
    ...forms.flatMap(([what, body]) =>
      [
        '/v1/backchannel-logout',
        '/saml-bridge/acs',
        '/saml-bridge/slo',
        '/saml-bridge/token',
        '/saml-bridge/auth',
        '/saml-bridge/token/revocation',
        '/saml-bridge/token/introspection',
      ].map((path) => [`a form with ${what} at ${path}`, { method: 'POST', path, headers: form, body }] as const),
    ),
    ...worstJson(60_000).flatMap(([what, body]) =>
      ['/v1/access-requests', '/saml-bridge/token'].map(
        (path) =>
          [
            `JSON of ${what} at ${path}`,
            { method: 'POST', path, headers: { 'content-type': 'application/json' }, body },
          ] as const,
      ),
    ),
    ...[
      ['many parameters', 'a=&'.repeat(20_000)],
      ['one parameter many times', 'api=a&client_id=b&scope=c&'.repeat(2300)],
      ['a long request', `client_id=causeway&request=${jwt(goodHeader, '{}', 'A'.repeat(50_000))}`],
      ['deep claims', `client_id=causeway&response_type=code&claims=${'%5B'.repeat(20_000)}`],
      ['many scopes', `client_id=causeway&scope=${'openid%20'.repeat(6000)}`],
    ].flatMap(([what = '', query = '']) =>
      ['/v1/catalog', '/saml-bridge/auth', '/saml-bridge/slo', '/saml-bridge/acs', '/saml-bridge/session/end'].map(
        (path) => [`a query with ${what} at ${path}`, { path: `${path}?${query}` }] as const,
      ),
    ),
    ['a path of dots', { path: `/${'../'.repeat(20_000)}` }],
    ['a path of escapes', { path: `/${'%2e%2e%2f'.repeat(6500)}` }],
    ['a path of slashes', { path: '/'.repeat(60_000) }],
    header('a cookie of blanks', { cookie: `a=${';'.padEnd(60_000, ' ')}` }, '/saml-bridge/auth?client_id=causeway'),
    header('many cookies', { cookie: '_session=a; _interaction=b; '.repeat(2200) }, '/saml-bridge/auth?client_id=x'),
    header('a cookie of half names', { cookie: '; _sessio'.repeat(7000) }, '/saml-bridge/session/end'),
    header('many languages', { 'accept-language': 'de;q=0.1,'.repeat(6500) }, '/saml-bridge/session/end'),
    header('many kinds of answers', { accept: 'text/html;q=0.1;a="b",'.repeat(2700) }, '/saml-bridge/auth'),
    header('many encodings', { 'accept-encoding': 'gzip;q=0.1,'.repeat(5500) }),
    header('blanks before the token', { authorization: `Bearer${' '.repeat(60_000)}x` }),
    header('commas in the token', { authorization: `Bearer ${','.repeat(60_000)}` }),
    header('many addresses', { 'x-forwarded-for': '127.0.0.1, '.repeat(5000), forwarded: 'for=a;'.repeat(1) }),
    header('a content type of parameters', { 'content-type': `text/a${';a="b"'.repeat(9000)}` }, '/saml-bridge/acs'),
    header(
      'many subprotocols',
      {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-protocol': Array.from({ length: 8000 }, (_none, at) => `p${at}`).join(','),
      },
      '/v1/tunnel',
    ),
    header(
      'many extensions',
      {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-extensions': 'permessage-deflate; a="b", '.repeat(2200),
      },
      '/v1/tunnel',
    ),
  ])('%s', async (_what, request) => {
    const statuses: number[] = [];
    const spent = await blockedMs(async () => statuses.push(await ask(request)));
    expect(spent).toBeLessThan(maxBlockedMs);
    expect(statuses.filter((status) => status >= 500 && status !== 503)).toEqual([]);
  });
});

describe('a body that is too large is refused before it is read:', () => {
  const large = 'a'.repeat(2_000_000);
  it.each(['/v1/backchannel-logout', '/saml-bridge/acs', '/saml-bridge/slo', '/saml-bridge/token'])(
    '%s',
    async (path) => {
      const status = await ask({
        method: 'POST',
        path,
        headers: form,
        body: `SAMLResponse=${large}&logout_token=${large}`,
      });
      expect(status === 0 || (status >= 400 && status < 500)).toBe(true);
    },
  );
});

it('metadata of SAML that a provider’s address answers is read beside the loop', async () => {
  const role = '<md:IDPSSODescriptor protocolSupportEnumeration="a"/>';
  const entity = (at: number): string =>
    `<md:EntityDescriptor entityID="https://idp${at}.example" a1="x" a2="y">${role}</md:EntityDescriptor>`;
  const xml = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${Array.from({ length: 9000 }, (_none, at) => entity(at)).join('')}</md:EntitiesDescriptor>`;
  const server = createServer((_request, response) => void response.end(xml.padEnd(4_000_000, ' ')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-metadata-'));
  onTestFinished(() => {
    server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`;
  const { idp } = samlSchema.parse({ name: 'S', idp: { metadata: address }, signing: { key: 'k', cert: 'c' } });
  const spent = await blockedMs(async () => {
    const source = openIdpMetadata({ idp, text: undefined, dataDir, log: pino({ level: 'silent' }), now: Date.now });
    await source.tried;
    expect(() => source.current()).toThrow('describes several identity providers');
    source.close();
  });
  // On the loop it would be 200 ms at the very least.
  expect(spent).toBeLessThan(150);
});

it('the measure sees a blocked loop', async () => {
  const spent = await blockedMs(() => {
    const startedMs = performance.now();
    while (performance.now() - startedMs < maxBlockedMs);
    return Promise.resolve();
  });
  expect(spent).toBeGreaterThan(maxBlockedMs - 20);
});
