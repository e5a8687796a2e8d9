import { afterAll, beforeAll, describe, it } from 'vitest';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';
import { api, expectRefusal, type RefusedConfig, rule, second } from './refused-configs.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

const bad: readonly RefusedConfig[] = [
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
  ['a kept X-Causeway header', api('keep_headers: [X-Causeway-User]'), 13, 20, 'apis[0].keep_headers[0]', 'relay sets'],
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
  ['a kept X-Forwarded-Host', api('keep_headers: [x-forwarded-host]'), 13, 20, 'apis[0].keep_headers[0]', 'relay sets'],
  [
    'a dropped header of the framing',
    api('drop_headers: [content-length]'),
    13,
    20,
    'apis[0].drop_headers[0]',
    'relay sets',
  ],
  ['all headers at once', api('drop_headers: ["*"]'), 13, 20, 'apis[0].drop_headers[0]', 'must be a header name'],
  ['a star inside a name', api('keep_headers: ["x-*-id"]'), 13, 20, 'apis[0].keep_headers[0]', 'must be a header name'],
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
  ['a pattern of 17 stars', rule(`paths: ["/${'*a'.repeat(17)}"]`), 15, 17, 'apis[0].rules[0].paths[0]', 'at most 16'],
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
];

describe('an API of a config that can’t be used', () => {
  it.each(bad)('is refused for %s', (...refused) => expectRefusal(folder, refused));
});
