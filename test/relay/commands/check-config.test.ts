import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { clientPolicyOf } from '../../../relay/config/client-policy.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

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

  it('refuses a public address with a path', async () => {
    const { code, output } = await check(minimalConfig().replace('127.0.0.1:8443', '127.0.0.1:8443/causeway'));
    expect(code).toBe(2);
    expect(output).toContain('relay.url: must have no path, which clients leave out. Write “http://127.0.0.1:8443”.');
  });
});
