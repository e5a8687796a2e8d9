import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, type ConfigProblem } from '../../../relay/config/config-problem.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

async function problemsOf(text: string): Promise<readonly ConfigProblem[]> {
  const path = await folder.write('relay.yaml', text);
  const error = await loadConfig(path, { env: {} }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  expect(error).toBeInstanceOf(ConfigError);
  if (!(error instanceof ConfigError)) return [];
  expect(error.code).toBe('bad-config');
  for (const problem of error.problems) {
    expect(problem.file).toBe(path);
    expect(error.message).toContain(`${path}:${problem.line}:${problem.column}`);
  }
  return error.problems;
}

const rule = (lines: string): string => minimalConfig({ api: `    rules:\n      - name: r\n        ${lines}` });
const api = (line: string): string => minimalConfig({ api: `    ${line}` });
const second = (lines: string): string =>
  minimalConfig({ api: `  - id: stock\n    name: Stock\n    upstream: http://127.0.0.1:1\n    ${lines}` });
const aliasBomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdefgh'.split('')]
  .map((line, index) =>
    index === 0 ? line : `${line}: &${line} [${`*${'abcdefgh'.charAt(index - 1)}, `.repeat(10).slice(0, -2)}]`,
  )
  .join('\n');

const bad: readonly (readonly [what: string, text: string, line: number, column: number, key: string, says: string])[] =
  [
    ['a duplicate key', `${minimalConfig()}relay: {}`, 13, 1, 'relay', 'stands here twice'],
    ['a duplicate key deep inside', api('name: Again'), 13, 5, 'apis[0].name', 'stands here twice'],
    ['an alias bomb', aliasBomb, 1, 1, '', 'aliases'],
    ['an unknown anchor', minimalConfig({ tail: 'log: *nowhere' }), 13, 6, 'log', 'names the anchor “nowhere”'],
    ['100,000 open brackets', '['.repeat(100_000), 1, 1, '', 'nested too deeply'],
    ['a file cut off in a list', minimalConfig({ tail: 'log: {level: in' }), 14, 1, '', 'isn’t valid YAML'],
    ['a file cut off after the issuers', minimalConfig().split('apis:')[0] ?? '', 1, 1, 'apis', 'is missing'],
    ['an empty file', '', 1, 1, '', 'is empty'],
    ['a file of comments', '# nothing\n', 1, 1, '', 'is empty'],
    ['NUL bytes', 'relay:\n\0\0\0', 1, 1, '', 'half written'],
    ['a list instead of keys', '- relay', 1, 1, '', 'must be a group of keys, but is a list'],
    ['two documents', `${minimalConfig()}---\n${minimalConfig()}`, 13, 1, '', 'second document'],
    ['an unknown tag', minimalConfig({ tail: 'log: !js {}' }), 13, 6, '', 'unknown tag'],
    ['tabs as indentation', 'relay:\n\tname: x', 2, 1, '', 'isn’t valid YAML'],
    ['__proto__ as a key', minimalConfig({ tail: '__proto__: {log: {}}' }), 13, 1, '', 'isn’t a plain word'],
    ['a list as a key', minimalConfig({ tail: '? [a]\n: b' }), 13, 3, '', 'isn’t a plain word'],
    [
      'two groups for one folder',
      minimalConfig({ tail: 'audit: {reader_group: auditors}\nadmin: {socket_group: operators}' }),
      14,
      23,
      'admin.socket_group',
      'can be given to one group alone',
    ],
    [
      'operators beyond loopback in the clear',
      minimalConfig({ tail: 'admin: {listen: {host: 0.0.0.0}}' }),
      13,
      1,
      'admin.tls',
      'is needed, because operators’ tokens travel to 0.0.0.0',
    ],
    [
      'operators at the port of employees',
      minimalConfig({ relay: '  listen: { port: 8443 }', tail: 'admin: {listen: {port: 8443}}' }),
      14,
      24,
      'admin.listen.port',
      'where relay.listen has employees',
    ],
    [
      'operators at the port that employees have on all addresses',
      minimalConfig({ relay: '  listen: { host: 0.0.0.0, port: 8443 }', tail: 'admin: {roles: {}}' }),
      14,
      1,
      'admin.listen.port',
      'Write another one for operators, or 443',
    ],
    [
      'a version that is none',
      minimalConfig({ tail: 'client_policy: {minimum_version: "1.4"}' }),
      13,
      34,
      'client_policy.minimum_version',
      'must be a version like "1.4.0"',
    ],
    [
      'a recommended version that is refused',
      minimalConfig({ tail: 'client_policy: {minimum_version: 1.4.0, recommended_version: 1.4.0-beta.1}' }),
      13,
      62,
      'client_policy.recommended_version',
      'is older than minimum_version, 1.4.0',
    ],
    [
      'a minimum version in both of its places',
      minimalConfig({ relay: '  minimum_client_version: 1.4.0', tail: 'client_policy: {minimum_version: 1.4.0}' }),
      4,
      3,
      'relay.minimum_client_version',
      'Remove it here',
    ],
    [
      'a former minimum version that is none',
      minimalConfig({ relay: '  minimum_client_version: latest' }),
      4,
      27,
      'relay.minimum_client_version',
      'must be a version like "1.4.0"',
    ],
    ['an unknown key', minimalConfig({ relay: '  lisen: {}' }), 4, 3, 'relay.lisen', 'Did you mean “listen”?'],
    ['a key in another style', api('whenLocked: hide'), 13, 5, 'apis[0].whenLocked', 'Did you mean “when_locked”?'],
    [
      'a key unlike any',
      minimalConfig({ tail: 'zzz: 1' }),
      13,
      1,
      'zzz',
      'Known here: relay, issuers, apis, limits, log',
    ],
    [
      'a claim path that doesn’t add up',
      minimalConfig({ tail: 'audit: {record: {claims: ["a..b"]}}' }),
      13,
      27,
      'audit.record.claims[0]',
      'must be a claim’s name',
    ],
    [
      'a query of no API',
      minimalConfig({ tail: 'audit: {record: {query: {stock: [q]}}}' }),
      13,
      26,
      'audit.record.query.stock',
      'names no API',
    ],
    [
      'an unknown key of the audit',
      minimalConfig({ tail: 'audit: {recrod: {}}' }),
      13,
      9,
      'audit.recrod',
      'Did you mean “record”?',
    ],
    ['an unknown key of a rule', rule('group: [a]'), 15, 9, 'apis[0].rules[0].group', 'Did you mean “groups”?'],
    [
      'a missing key',
      minimalConfig().replace('    client_id: causeway\n', ''),
      5,
      5,
      'issuers[0].client_id',
      'is missing',
    ],
    ['a number for a text', minimalConfig({ relay: '  data: 5' }), 4, 9, 'relay.data', 'must be a text, but is 5'],
    ['a text for a list', rule('groups: sre'), 15, 17, 'apis[0].rules[0].groups', 'must be a list'],
    ['an empty value', api('port:'), 13, 10, 'apis[0].port', 'but is empty'],
    ['an unknown choice', api('when_locked: hid'), 13, 18, 'apis[0].when_locked', 'Did you mean “hide”?'],
    [
      'a symmetric algorithm',
      minimalConfig({ issuer: '    algorithms: [HS256]' }),
      9,
      18,
      'issuers[0].algorithms[0]',
      'must be one of RS256',
    ],
    [
      'more leeway than 60 s',
      minimalConfig({ issuer: '    clock_leeway_seconds: 61' }),
      9,
      27,
      'issuers[0].clock_leeway_seconds',
      'at most 60',
    ],
    [
      'no issuer',
      minimalConfig().replace(/issuers:[^]*apis/, 'issuers: []\napis'),
      4,
      10,
      'issuers',
      'must not be empty',
    ],
    [
      'an upgrade of HTTP',
      api('upgrades: [h2c]'),
      13,
      16,
      'apis[0].upgrades[0]',
      'must be one of websocket, SPDY/3.1, tcp',
    ],
    ['a slip in an upgrade', api('upgrades: [spdy/31]'), 13, 16, 'apis[0].upgrades[0]', 'Did you mean “SPDY/3.1”?'],
    ['an upgrade that stands twice', api('upgrades: [tcp, tcp]'), 13, 21, 'apis[0].upgrades[1]', 'tcp'],
    [
      'an upgrade over HTTP/2',
      api('upgrades: [websocket, tcp]\n    protocol: http2'),
      13,
      27,
      'apis[0].upgrades[1]',
      'needs “protocol: http1”',
    ],
    ['a port out of range', api('port: 80'), 13, 11, 'apis[0].port', 'at least 1024'],
    [
      'an API id that is no DNS label',
      minimalConfig().replace('id: orders', 'id: Orders!'),
      10,
      9,
      'apis[0].id',
      'DNS label',
    ],
    ['a method in lower case', rule('methods: [get]'), 15, 19, 'apis[0].rules[0].methods[0]', 'in capitals'],
    ['TRACE', rule('methods: [TRACE]'), 15, 19, 'apis[0].rules[0].methods[0]', 'never pass'],
    ['a method that the parser refuses', rule('methods: [LIST]'), 15, 19, 'apis[0].rules[0].methods[0]', 'know LIST'],
    [
      'such a method among others',
      rule('methods: [GET, BASELINE-CONTROL]'),
      15,
      24,
      'apis[0].rules[0].methods[1]',
      'know BASELINE-CONTROL',
    ],
    [
      'a kept X-Causeway header',
      api('keep_headers: [X-Causeway-User]'),
      13,
      20,
      'apis[0].keep_headers[0]',
      'relay sets',
    ],
    ['kept X-Causeway headers', api('keep_headers: [x_causeway_*]'), 13, 20, 'apis[0].keep_headers[0]', 'relay sets'],
    ['a kept Host', api('keep_headers: [via, Host]'), 13, 25, 'apis[0].keep_headers[1]', 'relay sets'],
    ['a kept hop-by-hop header', api('keep_headers: [Upgrade]'), 13, 20, 'apis[0].keep_headers[0]', 'relay sets'],
    [
      'a kept header of the framing',
      api('keep_headers: [Content_Length]'),
      13,
      20,
      'apis[0].keep_headers[0]',
      'relay sets',
    ],
    [
      'a kept X-Forwarded-Host',
      api('keep_headers: [x-forwarded-host]'),
      13,
      20,
      'apis[0].keep_headers[0]',
      'relay sets',
    ],
    [
      'a dropped header of the framing',
      api('drop_headers: [content-length]'),
      13,
      20,
      'apis[0].drop_headers[0]',
      'relay sets',
    ],
    ['all headers at once', api('drop_headers: ["*"]'), 13, 20, 'apis[0].drop_headers[0]', 'must be a header name'],
    [
      'a star inside a name',
      api('keep_headers: ["x-*-id"]'),
      13,
      20,
      'apis[0].keep_headers[0]',
      'must be a header name',
    ],
    [
      'a header name with a colon',
      api('keep_headers: ["via:"]'),
      13,
      20,
      'apis[0].keep_headers[0]',
      'must be a header name',
    ],
    [
      'a header kept and dropped',
      api('drop_headers: [x-acme-*]\n    keep_headers: [X_Acme_Trace]'),
      14,
      20,
      'apis[0].keep_headers[0]',
      'has no effect',
    ],
    [
      'a header kept and replaced',
      api('headers: {X-User: a}\n    keep_headers: [x-user]'),
      14,
      20,
      'apis[0].keep_headers[0]',
      'replaces',
    ],
    [
      'a static header twice',
      api('headers: {X-User: a, x_user: b}'),
      13,
      26,
      'apis[0].headers.x_user',
      'same header as X-User',
    ],
    [
      'a static header that folds to one of the relay',
      api('headers: {X_Causeway_Identity: x}'),
      13,
      15,
      'apis[0].headers.X_Causeway_Identity',
      'relay sets',
    ],
    ['a host with a path', api('host: a.example/x'), 13, 11, 'apis[0].host', 'must be a host name'],
    ['a host with a line break', api('host: "a\\nb"'), 13, 11, 'apis[0].host', 'must be a host name'],
    ['a host with a user name', api('host: u@a.example'), 13, 11, 'apis[0].host', 'must be a host name'],
    [
      'a redirect from no address',
      api('redirect: [{from: a.example}]'),
      13,
      23,
      'apis[0].redirect[0].from',
      'must be an address',
    ],
    [
      'a redirect with a query',
      api('redirect: [{from: "https://a.example/?b"}]'),
      13,
      23,
      'apis[0].redirect[0].from',
      '“?” or “#”',
    ],
    [
      'a redirect to dot segments',
      api('redirect: [{from: "https://a.example", to: /a/../b}]'),
      13,
      48,
      'apis[0].redirect[0].to',
      'dot segment',
    ],
    ['an empty list of methods', rule('methods: []'), 15, 18, 'apis[0].rules[0].methods', 'must not be empty'],
    ['a pattern with dot segments', rule('paths: [/a/../b]'), 15, 17, 'apis[0].rules[0].paths[0]', 'dot segment'],
    ['a pattern with glued stars', rule('paths: [/a, /x**]'), 15, 21, 'apis[0].rules[0].paths[1]', 'must stand alone'],
    [
      'a pattern of 17 stars',
      rule(`paths: ["/${'*a'.repeat(17)}"]`),
      15,
      17,
      'apis[0].rules[0].paths[0]',
      'at most 16',
    ],
    ['a pattern with a query', rule('paths: ["/a?b=1"]'), 15, 17, 'apis[0].rules[0].paths[0]', 'not at the query'],
    ['an encoded slash without opt-in', rule('paths: [/a%2Fb]'), 15, 17, 'apis[0].rules[0].paths[0]', 'encoded slash'],
    [
      'a duplicate rule name',
      rule('effect: deny\n      - name: r'),
      16,
      15,
      'apis[0].rules[1].name',
      'same rule name, r, as in entry 1',
    ],
    ['a duplicate API id', second('').replace('stock', 'orders'), 13, 9, 'apis[1].id', 'same API id, orders'],
    [
      'a duplicate port',
      `${second('port: 7101').replace('8080', '8080\n    port: 7101')}`,
      17,
      11,
      'apis[1].port',
      'same port, 7101',
    ],
    [
      'a duplicate issuer',
      minimalConfig({ issuer: '  - {name: B, issuer: "http://127.0.0.1:9000", client_id: c, audience: a}' }),
      9,
      23,
      'issuers[1].issuer',
      'same issuer',
    ],
    [
      'an issuer for an API that there isn’t',
      minimalConfig({ issuer: '    apis: [orders, payrol]' }),
      9,
      20,
      'issuers[0].apis[1]',
      'isn’t under “apis”: payrol',
    ],
    [
      'a public address with a query',
      minimalConfig().replace('http://127.0.0.1:8443', 'https://a.example/?x=1'),
      3,
      8,
      'relay.url',
      '“?” or “#”',
    ],
    [
      'a public address with a user name',
      minimalConfig().replace('http://127.0.0.1:8443', 'https://u:p@a.example'),
      3,
      8,
      'relay.url',
      'no user name',
    ],
    [
      'a public address whose host ends with a dot',
      minimalConfig().replace('http://127.0.0.1:8443', 'https://a.example.:8443'),
      3,
      8,
      'relay.url',
      'Write “https://a.example:8443”',
    ],
    [
      'a public address at port 0',
      minimalConfig().replace('http://127.0.0.1:8443', 'https://a.example:0'),
      3,
      8,
      'relay.url',
      'has port 0',
    ],
    [
      'a public address of all addresses',
      minimalConfig().replace('http://127.0.0.1:8443', 'http://0.0.0.0:8443'),
      3,
      8,
      'relay.url',
      'stands for all addresses',
    ],
    [
      'one of all addresses of IPv6',
      minimalConfig().replace('http://127.0.0.1:8443', 'https://[::]'),
      3,
      8,
      'relay.url',
      'names [::]',
    ],
    [
      'a public address of many hosts',
      minimalConfig().replace('http://127.0.0.1:8443', 'https://*.a.example'),
      3,
      8,
      'relay.url',
      'is no host name',
    ],
    [
      'a public address without its slashes',
      minimalConfig().replace('http://127.0.0.1:8443', 'https:a.example'),
      3,
      8,
      'relay.url',
      'begins with https:// or http://',
    ],
    [
      'one with a slash too many',
      minimalConfig().replace('http://127.0.0.1:8443', 'https:///a.example'),
      3,
      8,
      'relay.url',
      'Write “https://a.example”',
    ],
    [
      'an operators’ address with a query',
      minimalConfig({ tail: 'admin: {url: "https://a.example:8443/?x"}' }),
      13,
      14,
      'admin.url',
      '“?” or “#”',
    ],
    [
      'an operators’ address of all addresses',
      minimalConfig({ tail: 'admin: {url: "https://0.0.0.0:8443"}' }),
      13,
      14,
      'admin.url',
      'stands for all addresses',
    ],
    [
      'an upstream at port 0',
      minimalConfig().replace('127.0.0.1:8080', '127.0.0.1:0'),
      12,
      15,
      'apis[0].upstream',
      'has port 0',
    ],
    [
      'an upstream with a password',
      minimalConfig().replace('//127.0.0.1:8080', '//u:p@127.0.0.1'),
      12,
      15,
      'apis[0].upstream',
      'user name or password',
    ],
    [
      'an upstream of another scheme',
      minimalConfig().replace('http://127.0.0.1:8080', 'file:///etc'),
      12,
      15,
      'apis[0].upstream',
      'https:// or http://',
    ],
    [
      'a Unix socket with a relative path',
      minimalConfig().replace('http://127.0.0.1:8080', 'unix:app.sock'),
      12,
      15,
      'apis[0].upstream',
      'unix:/run/app.sock',
    ],
    [
      'a Unix socket whose path is too long',
      minimalConfig().replace('http://127.0.0.1:8080', `unix:/${'a'.repeat(120)}`),
      12,
      15,
      'apis[0].upstream',
      'more than 103 bytes',
    ],
    [
      'a Unix socket that is a folder',
      minimalConfig().replace('http://127.0.0.1:8080', 'unix:/run/app/'),
      12,
      15,
      'apis[0].upstream',
      'names a folder',
    ],
    [
      'a Unix socket with a query',
      minimalConfig().replace('http://127.0.0.1:8080', 'unix:/run/app.sock?x=1'),
      12,
      15,
      'apis[0].upstream',
      'unix:/run/app.sock',
    ],
    [
      'a Unix socket with dot segments behind it',
      minimalConfig().replace('http://127.0.0.1:8080', 'unix:/run/app.sock:/a/../b'),
      12,
      15,
      'apis[0].upstream',
      'dot segment',
    ],
    [
      'a server name without TLS',
      minimalConfig().replace('http://127.0.0.1:8080', 'http://127.0.0.1:8080\n    server_name: orders.internal'),
      13,
      18,
      'apis[0].server_name',
      'begins with https://',
    ],
    [
      'a server name with a port',
      minimalConfig().replace('http://127.0.0.1:8080', 'https://127.0.0.1:8080\n    server_name: orders.internal:443'),
      13,
      18,
      'apis[0].server_name',
      'without port',
    ],
    [
      'a connection_auth that isn’t known',
      minimalConfig().replace('http://127.0.0.1:8080', 'http://127.0.0.1:8080\n    connection_auth: shared'),
      13,
      22,
      'apis[0].connection_auth',
      'refuse',
    ],
    [
      'a max_answer_header_bytes below any use',
      minimalConfig().replace('http://127.0.0.1:8080', 'http://127.0.0.1:8080\n    max_answer_header_bytes: 10'),
      13,
      30,
      'apis[0].max_answer_header_bytes',
      '4096',
    ],
    [
      'an upstream with dot segments',
      minimalConfig().replace(':8080', ':8080/a/..'),
      12,
      15,
      'apis[0].upstream',
      'dot segment',
    ],
    [
      'a relay address without TLS',
      minimalConfig().replace('127.0.0.1:8443', 'relay.example'),
      3,
      8,
      'relay.url',
      'must begin with https://',
    ],
    [
      'an issuer without TLS',
      minimalConfig().replace('127.0.0.1:9000', 'sso.example'),
      6,
      13,
      'issuers[0].issuer',
      'must begin with https://',
    ],
    [
      'metadata without TLS',
      minimalConfig().replace('127.0.0.1:9000', '127.0.0.1:9000\n    metadata_url: http://sso.example/m'),
      7,
      19,
      'issuers[0].metadata_url',
      'keys come from there',
    ],
    [
      'keys without TLS',
      minimalConfig().replace('127.0.0.1:9000', '127.0.0.1:9000\n    jwks_uri: http://sso.example/jwks'),
      7,
      15,
      'issuers[0].jwks_uri',
      'keys come from there',
    ],
    [
      'an address of keys with a password',
      minimalConfig().replace('127.0.0.1:9000', '127.0.0.1:9000\n    jwks_uri: https://a:b@sso.example/jwks'),
      7,
      15,
      'issuers[0].jwks_uri',
      'no user name',
    ],
    ['a picture that isn’t one of the set', api('icon: truk'), 13, 11, 'apis[0].icon', 'Did you mean “truck”'],
    ['a colour as CSS', api("color: 'red;background:url(x)'"), 13, 12, 'apis[0].color', 'must be one of blue, teal'],
    [
      'an environment of one’s own',
      api('environment: prod'),
      13,
      18,
      'apis[0].environment',
      'must be one of production',
    ],
    ['an example path that is refused', api('example_path: /a//b'), 13, 19, 'apis[0].example_path', 'empty segment'],
    [
      'an origin with a path',
      api('allowed_origins: [http://localhost:3000/]'),
      13,
      23,
      'apis[0].allowed_origins[0]',
      'Write “http://localhost:3000”',
    ],
    [
      'a header that the relay sets',
      api('headers: {Host: x}'),
      13,
      15,
      'apis[0].headers.Host',
      'sets or strips itself',
    ],
    [
      'an identity header',
      api('headers: {X-Causeway-Identity: x}'),
      13,
      15,
      'apis[0].headers["X-Causeway-Identity"]',
      'sets or strips itself',
    ],
    ['a header name with a space', api('headers: {"a b": x}'), 13, 15, 'apis[0].headers["a b"]', 'isn’t a header name'],
    ['a header value with a line break', api('headers: {a: "x\\r\\nb: y"}'), 13, 18, 'apis[0].headers.a', 'line break'],
    [
      'an unset environment variable',
      api('headers: {a: "${env:NOPE}"}'),
      13,
      18,
      'apis[0].headers.a',
      'environment variable NOPE',
    ],
    [
      'an unknown placeholder',
      api('headers: {a: "${vault:x}"}'),
      13,
      18,
      'apis[0].headers.a',
      '${env:NAME}, ${file:PATH} or ${credential:NAME}',
    ],
    ['a missing secret file', api('headers: {a: "${file:nope}"}'), 13, 18, 'apis[0].headers.a', 'doesn’t exist'],
    ['a missing certificate authority', api('ca: nope.crt'), 13, 9, 'apis[0].ca', 'doesn’t exist'],
    ['a folder as a file', api('ca: .'), 13, 9, 'apis[0].ca', 'is a folder'],
  ];

describe('a config that can’t be used', () => {
  it.each(bad)('is refused for %s', async (_what, text, line, column, key, says) => {
    const [problem, ...others] = await problemsOf(text);
    expect(problem).toMatchObject({ line, column, key });
    expect(problem?.message).toContain(says);
    expect(others.filter((other) => other.line !== line)).toEqual(others.filter((other) => other.key === ''));
  });

  it('is reported with every problem at once, in the file’s order', async () => {
    const text = minimalConfig({
      relay: '  lisen: {}',
      api: '    port: x\n    rules:\n      - {name: r, paths: [/x**], effct: deny}\n      - {name: r, groups: sre}',
      tail: '  - {id: orders, name: Twice, upstream: "http://u:p@h"}',
    });
    const problems = await problemsOf(text);
    expect(problems.map(({ line, key }) => `${line} ${key}`)).toEqual([
      '4 relay.lisen',
      '14 apis[0].port',
      '16 apis[0].rules[0].paths[0]',
      '16 apis[0].rules[0].effct',
      '17 apis[0].rules[1].name',
      '17 apis[0].rules[1].groups',
      '18 apis[1].id',
      '18 apis[1].upstream',
    ]);
  });

  it('never shows a secret in what it reports', async () => {
    const secret = await folder.write('secret', 'hunter2\r\nX-Evil: 1');
    const [problem] = await problemsOf(api(`headers: {a: "\${file:${secret}}"}`));
    expect(problem?.message).toContain('line break');
    expect(problem?.message).not.toContain('hunter2');
  });

  it('names a file that doesn’t exist', async () => {
    await expect(loadConfig(folder.file('nope.yaml'))).rejects.toThrow(/nope\.yaml:1:1 doesn’t exist/);
  });

  it('is refused, not crashed on, wherever the file breaks off', async () => {
    const text = minimalConfig({ api: '    rules:\n      - {name: r, groups: [a], paths: ["/v1/**"]}' });
    for (let length = 0; length < text.indexOf('upstream'); length += 7) {
      expect((await problemsOf(text.slice(0, length))).length, text.slice(0, length)).toBeGreaterThan(0);
    }
  });

  it('is refused or loaded, never crashed on, whatever the text', async () => {
    const piece = fc.constantFrom(
      'relay:',
      '\n',
      '  ',
      '- ',
      'apis',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '!!x ',
      '"',
      '|',
      '? ',
      '#',
      '%',
      '\t',
      '~',
      '1',
      '<<',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
        expect((await problemsOf(pieces.join(''))).length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
