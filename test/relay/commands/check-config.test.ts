import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { clientPolicyOf } from '../../../relay/config/client-policy.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

async function check(text: string): Promise<{ code: number; output: string }> {
  const path = await folder.write('relay.yaml', text);
  let output = '';
  const code = await checkConfig(path, (part) => (output += part));
  return { code, output: output.replaceAll(path, 'relay.yaml') };
}

describe('check-config', () => {
  it('lists every problem, one a line, and exits with 2', async () => {
    const { code, output } = await check(minimalConfig({ relay: '  lisen: {}', api: '    port: 80' }));
    expect(code).toBe(2);
    expect(output).toBe(
      [
        'relay.yaml:4:3 relay.lisen: is a key that Causeway doesn’t know. Did you mean “listen”?',
        'relay.yaml:14:11 apis[0].port: must be at least 1024. Local port that the app suggests.',
        '',
        '2 problems. The relay would not use this file.',
        '',
      ].join('\n'),
    );
  });

  it('exits with 2 for a file that doesn’t exist', async () => {
    let output = '';
    expect(await checkConfig(folder.file('nope.yaml'), (part) => (output += part))).toBe(2);
    expect(output).toContain('nope.yaml:1:1 doesn’t exist.');
    expect(output).toContain('One problem.');
  });

  it('says what is in a config that can be used, and exits with 0', async () => {
    const { code, output } = await check(minimalConfig({ api: '    rules: [{name: r}]' }));
    expect({ code, output }).toEqual({ code: 0, output: 'relay.yaml can be used: 1 issuer, 1 API, 1 rule.\n' });
  });

  it('notes a minimum version in its former place, where it still counts', async () => {
    const { code, output } = await check(
      minimalConfig({ relay: '  minimum_client_version: 1.4.0', api: '    rules: [{name: r}]' }),
    );
    expect(code).toBe(0);
    expect(output).toContain(
      'Warning: relay.yaml:4:3 relay.minimum_client_version: is “client_policy.minimum_version” now.',
    );
    const { config } = await loadConfig(folder.file('relay.yaml'));
    expect(clientPolicyOf(config)).toEqual({ minimum: '1.4.0', recommended: null, howToUpdate: null });
  });

  it.each([
    ['Redis alone', '', true],
    ['Redis and a storage', 'storage: postgres://causeway:x@127.0.0.1/causeway', false],
  ])('says what may be lost with %s', async (_words, storage, isNoted) => {
    const redis = 'shared_state: {store: redis, url: "redis://127.0.0.1:6379", on_failure: deny}';
    const tail = storage === '' ? redis : `${redis}\n${storage}`;
    const { code, output } = await check(minimalConfig({ api: '    rules: [{name: r}]', tail }));
    expect(code).toBe(0);
    expect(output.includes('kept in Redis, which may lose them')).toBe(isNoted);
  });

  it.each<[words: string, url: string, isNoted: boolean]>([
    ['no password', 'redis://127.0.0.1:6379', false],
    ['a password', 'redis://:x@127.0.0.1:6379', true],
    ['one from a file', 'redis://:${file:password}@127.0.0.1:6379', true],
    ['a whole address from a file', '${file:address}', true],
    ['a file with the password', 'redis://127.0.0.1:6379?password_file=password', false],
  ])('says what a new password of Redis takes: %s', async (_words, url, isNoted) => {
    await folder.write('password', 'secret');
    await folder.write('address', 'redis://:secret@127.0.0.1:6379');
    for (const name of ['password', 'address']) chmodSync(folder.file(name), 0o600);
    const tail = `shared_state: {store: redis, url: "${url}", on_failure: deny}`;
    const { code, output } = await check(minimalConfig({ api: '    rules: [{name: r}]', tail }));
    expect({
      code,
      isNoted: output.includes('A password in “shared_state.url” takes effect after a restart.'),
    }).toEqual({ code: 0, isNoted });
    expect(output).not.toContain('secret');
  });

  it.each<[words: string, storage: string, isNoted: boolean]>([
    ['no password', 'postgres://causeway@127.0.0.1/causeway', false],
    ['one in the clear', 'postgres://causeway:hushed@127.0.0.1/causeway', true],
    ['one from a file', 'postgres://causeway:${file:password}@127.0.0.1/causeway', false],
    ['a whole address from a file', '${file:address}', false],
    ['a file with the password', 'postgres://causeway@127.0.0.1/causeway?password_file=password', false],
  ])('says what a new password of the storage takes: %s', async (_words, storage, isNoted) => {
    await folder.write('password', 'hushed');
    await folder.write('address', 'postgres://causeway:hushed@127.0.0.1/causeway');
    for (const name of ['password', 'address']) chmodSync(folder.file(name), 0o600);
    const { code, output } = await check(
      minimalConfig({ api: '    rules: [{name: r}]', tail: `storage: "${storage}"` }),
    );
    const words = 'A password in the clear in “storage” takes effect after a restart.';
    expect({ code, isNoted: output.includes(words) }).toEqual({ code: 0, isNoted });
    expect(output).not.toContain('hushed');
  });

  it('names the keys of the environment, which a reload doesn’t read anew', async () => {
    const api = '    headers: {X-Key: "${env:HOME}", X-Other: "a"}\n    rules: [{name: r}]';
    const { code, output } = await check(minimalConfig({ api }));
    expect(code).toBe(0);
    expect(output).toContain('as they were at the relay’s start: “apis[0].headers.X-Key”. A new value takes effect');
  });

  it('points at what is allowed but seldom meant', async () => {
    const { code, output } = await check(minimalConfig({ api: '    rules: [{name: r, groups: []}]' }));
    expect(code).toBe(0);
    expect(output).toContain('Note: No rule of the API “orders” allows anything, so nobody can use it.');
    expect(output).toContain('Note: The rule “r” of the API “orders” has an empty list of groups: it is for nobody.');
  });

  it.each([
    ['/**', '/v1/salaries/**', true],
    ['/v1/*', '/v1/salaries/**', true],
    ['/v1/*/x', '/v1/salaries/x', false],
    ['/v1/s*', '/v1/salaries', true],
    ['/v1/salaries/**', '/v1/salaries/**', false],
    ['/v1/orders/**', '/v1/salaries', false],
    ['/v1/*', '/v2/salaries', false],
    ['/**', '/**/secret', false],
  ])('notes where an allow rule for %s is wider than a deny rule for %s: %s', async (allow, deny, noted) => {
    const rules = `    rules: [{ name: wide, paths: ["${allow}"] }, { name: kept, effect: deny, paths: ["${deny}"] }]`;
    const { code, output } = await check(minimalConfig({ api: rules }));
    expect(code).toBe(0);
    expect(output.includes('The rule “wide” of the API “orders” allows more than the deny rule “kept”')).toBe(noted);
  });

  it.each([
    ['x-*', 'x-causeway-*, x-forwarded-for, x-forwarded-host, x-forwarded-proto.'],
    ['x-forwarded*', 'x-forwarded-for, x-forwarded-host, x-forwarded-proto.'],
    ['t*', 'te, trailer, transfer-encoding.'],
    ['x-acme-*', null],
    ['x-real-ip', null],
  ])('notes what “%s” in keep_headers does not keep: %s', async (entry, never) => {
    const { code, output } = await check(
      minimalConfig({ api: `    rules: [{name: r}]\n    keep_headers: ["${entry}"]` }),
    );
    expect(code).toBe(0);
    const note = `Note: “${entry}” in “keep_headers” of the API “orders” keeps all but what the relay sets or strips itself: `;
    expect(output.includes(note)).toBe(never !== null);
    if (never !== null) expect(output).toContain(note + never);
  });

  it('knows the spellings of paths that an API may ask for', async () => {
    const good = await check(minimalConfig({ api: '    paths: { allow: [semicolon, fullwidth] }' }));
    expect(good.code).toBe(0);
    const bad = await check(minimalConfig({ api: '    paths: { allow: [dots] }' }));
    expect(bad.output).toMatch(/^relay\.yaml:13:22 apis\[0\]\.paths\.allow\[0\]: /);
    expect(bad.code).toBe(2);
  });

  it.each([
    [
      'a rule behind a wider one',
      '    rules: [{name: all}, {name: some, groups: [staff]}]',
      'The rule “some” of the API “orders” never decides anything: the allow rule “all” takes all that it is for.',
    ],
    [
      'a rule behind several that take it together',
      '    rules: [{name: read, methods: [GET]}, {name: write, methods: [POST, PUT]}, {name: some, methods: [GET, PUT]}]',
      'The rule “some” of the API “orders” never decides anything: the allow rule “read” and the allow rule “write” together take all that it is for.',
    ],
    [
      'a role that no rule uses',
      '    rules: [{name: r, groups: [staff]}]\n    access_requests: {roles: [reader], approvers: [boss]}',
      'The role “reader” may be asked for at the API “orders”, and no allow rule of it names that group: it would unlock nothing.',
    ],
    [
      'a hidden API that offers a role',
      '    when_locked: hide\n    rules: [{name: r, groups: [reader]}]\n    access_requests: {roles: [reader], approvers: [boss]}',
      'The API “orders” offers roles and is hidden from people without access, who so can’t ask for them. Write when_locked: show.',
    ],
  ])('notes %s', async (_what, api, note) => {
    const { code, output } = await check(minimalConfig({ api }));
    expect(code).toBe(0);
    expect(output).toContain(`Note: ${note}\n`);
  });

  const withMapping = (more: string): string =>
    minimalConfig({
      issuer: `    claims: {groups: roles, mapping: {a: dev, b: [qa, ops]}${more}}`,
      api: '    rules: [{name: r, groups: [dev, ops, sre]}]',
    });
  it.each<[what: string, config: () => string, note: string | null]>([
    [
      'a range of proxies that is half of all addresses',
      () =>
        minimalConfig({
          relay: '  trusted_proxies: {addresses: ["128.0.0.0/1"], address_from: forwarded}',
          api: '    rules: [{name: r}]',
        }),
      '“relay.trusted_proxies” trusts 128.0.0.0/1, and so every caller in that range to name their own address. Name the proxies alone.',
    ],
    [
      'an issuer without APIs',
      () => minimalConfig({ issuer: '    apis: []', api: '    rules: [{name: r}]' }),
      'The issuer “SSO” has an empty list of “apis”: its people can’t use any.',
    ],
    [
      'a group that the mapping of the only provider drops',
      () => withMapping(''),
      'The rule “r” of the API “orders” names the group “sre”, which nobody has: “claims.mapping” doesn’t give it, and drops what it doesn’t name. Add it there, or write unmapped: keep.',
    ],
    ['one that it keeps', () => withMapping(', unmapped: keep'), null],
    [
      'one that comes by a grant',
      () => `${withMapping('')}access_requests: {roles: [{role: sre, approvers: [dev]}]}`,
      null,
    ],
    [
      'a tier that nobody gets to',
      () => minimalConfig({ api: '    rules: [{name: r}]', tail: 'tiers: [{name: all}, {name: gold, groups: [x]}]' }),
      'Nobody is in the tier “gold”: “all” stands before it and is for everybody. Put “all” last.',
    ],
    [
      'a deny rule for no network',
      () => minimalConfig({ api: '    rules: [{name: r}, {name: d, effect: deny, networks: []}]' }),
      'The rule “d” of the API “orders” has an empty list of “networks”, which nothing fits: it denies nothing. Leave it out, or write what fits.',
    ],
    [
      'an allow rule for no value of a claim',
      () => minimalConfig({ api: '    rules: [{name: r}, {name: c, claims: {dep: []}, paths: [/x]}]' }),
      'The rule “c” of the API “orders” has an empty list of “claims.dep”, which nothing fits: it allows nothing. Leave it out, or write what fits.',
    ],
    [
      'https:// at port 80',
      () => minimalConfig({ api: '    rules: [{name: r}]' }).replace('http://127.0.0.1:8080', 'https://127.0.0.1:80'),
      'The upstream of the API “orders” has https:// at port 80, where servers speak without TLS. Write http://, or another port.',
    ],
    [
      'http:// at port 443',
      () => minimalConfig({ api: '    rules: [{name: r}]' }).replace('127.0.0.1:8080', '127.0.0.1:443'),
      'The upstream of the API “orders” has http:// at port 443, where servers speak TLS. Write https://.',
    ],
    [
      'a star for operators',
      () => minimalConfig({ api: '    rules: [{name: r}]', tail: 'admin: {roles: {viewer: ["*"]}}' }),
      '“*” in “admin.roles.viewer” is a group of that name, and not everybody: nobody has it. Name groups.',
    ],
    [
      'a star for approvers',
      () =>
        minimalConfig({
          api: '    rules: [{name: r, groups: [x]}]\n    access_requests: {roles: [x], approvers: ["*"]}',
        }),
      '“*” in “approvers” of the API “orders” is a group of that name, and not everybody: nobody has it. Name groups.',
    ],
    [
      'a role that a webhook is to be told of, and nobody can ask for',
      () =>
        minimalConfig({
          api: '    rules: [{name: r}]',
          tail: 'notify: {webhooks: [{name: c, url: "https://x.example", secrets: ["${file:hook}"], roles: [nope]}]}',
        }),
      '“notify” is to tell of requests for the role “nope”, which nobody can ask for.',
    ],
  ])('notes %s', async (_what, config, note) => {
    await folder.write('hook', `whsec_${Buffer.alloc(32).toString('base64')}`);
    const { code, output } = await check(config());
    expect([code, output.match(/^Note: .*$/gm) ?? []]).toEqual([
      0,
      note === null ? [] : expect.arrayContaining([`Note: ${note}`]),
    ]);
  });

  it('notes a client certificate, and an authority, for an API that is spoken to without TLS', async () => {
    const { cert, key } = await makeCertificate();
    await folder.write('a.crt', cert);
    await folder.write('a.key', key);
    const api = '    ca: a.crt\n    client_certificate: {cert: a.crt, key: a.key}\n    rules: [{name: r}]';
    const { output } = await check(minimalConfig({ api }));
    expect(output).toContain('Note: “ca” of the API “orders” has no effect: its upstream is spoken to without TLS.');
    expect(output).toContain('Note: “client_certificate” of the API “orders” has no effect: its upstream is spoken');
    const secure = await check(minimalConfig({ api }).replace('http://127.0.0.1:8080', 'https://127.0.0.1:8080'));
    expect(secure.output).not.toContain('has no effect');
  });

  it.each([
    ['data/audit.sqlite', true],
    ['./data/../data/audit.sqlite-wal', true],
    ['data/audit-signing-key.pem', true],
    ['data/relay-id', true],
    ['data/records.log', false],
    ['data/audit.json', false],
    ['data/siem.pem', false],
    ['data/audit-checkpoints-of-siem.log', false],
    ['audit.sqlite', false],
  ])('a sink may not write over what the relay keeps: %s, refused: %s', async (path, isRefused) => {
    const tail = `audit: {sinks: [{name: s, kind: file, path: "${path}"}]}`;
    const { code, output } = await check(minimalConfig({ api: '    rules: [{name: r}]', tail }));
    expect([code, output.includes('is a file that the relay keeps itself')]).toEqual([isRefused ? 2 : 0, isRefused]);
  });

  const open = '    rules: [{name: r}]';
  it.each<[what: string, config: () => string, note: string | null]>([
    [
      'a secret header in the clear',
      () => minimalConfig({ api: `${open}\n    headers: { Authorization: "Bearer abc" }` }),
      'The header “Authorization” of the API “orders” stands in the file in the clear. Write ${env:NAME} or ${file:PATH}.',
    ],
    ['a header that is no secret', () => minimalConfig({ api: `${open}\n    headers: { X-Team: blue }` }), null],
    [
      'a variable as shells write it',
      () => minimalConfig({ api: `${open}\n    headers: { X-Api-Key: $ORDERS_KEY }` }),
      'The header “X-Api-Key” of the API “orders” is sent with “$ORDERS_KEY” as it stands. Write ${env:ORDERS_KEY}.',
    ],
    [
      'the relay’s own address as upstream',
      () =>
        minimalConfig({ api: open })
          .replace(/upstream: .*/, 'upstream: https://relay.example/v1')
          .replace(
            / url: .*/,
            ' url: https://relay.example\n  trusted_proxies: { addresses: [10.0.0.1], address_from: forwarded }',
          ),
      'The upstream of the API “orders” is this relay itself, which forwards nothing there. Write the API’s own address.',
    ],
    [
      'the relays’ secret in the clear',
      () => minimalConfig({ api: open, tail: `shared_state: { secret: ${'x'.repeat(32)} }` }),
      '“shared_state.secret” stands in the file in the clear. Write ${env:NAME} or ${file:PATH}.',
    ],
    [
      'the directory’s secret in the clear',
      () =>
        minimalConfig({
          issuer:
            '    groups_lookup: { url: "https://directory.example/{sub}", authorization: bearer, bearer: abcdefgh }',
          api: open,
        }),
      '“issuers[0].groups_lookup.bearer” stands in the file in the clear. Write ${env:NAME} or ${file:PATH}.',
    ],
    [
      'a proxy in front that nobody trusts',
      () => minimalConfig({ api: open }).replace(/ url: .*/, ' url: https://relay.example'),
      '“relay.tls” is left out, so something in front ends TLS, and “relay.trusted_proxies” doesn’t name it: rules on networks, limits, sessions and audit see its address in place of callers’. Name it (docs/deployment.md).',
    ],
    [
      'where the relay listens as upstream',
      () =>
        minimalConfig({ relay: '  listen: { port: 8444 }', api: open }).replace(
          /upstream: .*/,
          'upstream: http://localhost:8444',
        ),
      'The upstream of the API “orders” is this relay itself, which forwards nothing there. Write the API’s own address.',
    ],
    [
      'another port of this machine as upstream',
      () =>
        minimalConfig({ relay: '  listen: { port: 8444 }', api: open }).replace(
          /upstream: .*/,
          'upstream: http://localhost:8445',
        ),
      null,
    ],
    [
      'a role for all APIs that no rule uses',
      () =>
        minimalConfig({
          api: open,
          tail: 'access_requests: { roles: [{ role: sre, approvers: [leads], max_hours: 8 }] }',
        }),
      'The role “sre” may be asked for, and no allow rule names that group: it would unlock nothing.',
    ],
    [
      'a role for all APIs that one uses',
      () =>
        minimalConfig({
          api: '    rules: [{name: r, groups: [sre]}]',
          tail: 'access_requests: { roles: [{ role: sre, approvers: [leads], max_hours: 8 }] }',
        }),
      null,
    ],
    [
      'an operators’ port for nobody',
      () => minimalConfig({ api: open, tail: 'admin: { listen: { port: 8445 } }' }),
      '“admin.roles” gives no group a role, so nobody can use the operators’ port. Write owner: [GROUP] there.',
    ],
    [
      'one for somebody',
      () => minimalConfig({ api: open, tail: 'admin: { listen: { port: 8445 }, roles: { viewer: [it] } }' }),
      null,
    ],
  ])('notes %s', async (_what, config, note) => {
    const { code, output } = await check(config());
    expect([code, output.match(/^Note: .*$/gm) ?? []]).toEqual([0, note === null ? [] : [`Note: ${note}`]]);
  });

  it.each([
    ['a tab', minimalConfig().replace('\n  name:', '\n\tname:')],
    ['a colon left out', minimalConfig().replace('apis:', 'apis')],
    ['a bracket left open', minimalConfig({ api: '    rules: [{name: r, groups: [a}]' })],
    ['a number for a text', minimalConfig({ api: '    rules: [{name: r, groups: [123]}]' })],
    [
      'a secret in the clear, which could be none',
      minimalConfig({ tail: 'notify: { webhooks: [{ name: chat, url: "https://x.example/", secrets: [abc] }] }' }),
    ],
  ])('says one thing of %s', async (_what, config) => {
    const { code, output } = await check(config);
    expect([code, output]).toEqual([2, expect.stringContaining('\n\nOne problem.')]);
  });

  it('refuses a public address with a path', async () => {
    const { code, output } = await check(minimalConfig().replace('127.0.0.1:8443', '127.0.0.1:8443/causeway'));
    expect(code).toBe(2);
    expect(output).toContain('relay.url: must have no path, which clients leave out. Write “http://127.0.0.1:8443”.');
  });
});
