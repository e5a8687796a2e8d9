import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';
import { api, expectRefusal, problemsOf, type RefusedConfig, rule } from './refused-configs.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

const aliasBomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdefgh'.split('')]
  .map((line, index) =>
    index === 0 ? line : `${line}: &${line} [${`*${'abcdefgh'.charAt(index - 1)}, `.repeat(10).slice(0, -2)}]`,
  )
  .join('\n');

const bad: readonly RefusedConfig[] = [
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
];

describe('a config that can’t be used', () => {
  it.each(bad)('is refused for %s', (...refused) => expectRefusal(folder, refused));

  it('is reported with every problem at once, in the file’s order', async () => {
    const text = minimalConfig({
      relay: '  lisen: {}',
      api: '    port: x\n    rules:\n      - {name: r, paths: [/x**], effct: deny}\n      - {name: r, groups: sre}',
      tail: '  - {id: orders, name: Twice, upstream: "http://u:p@h"}',
    });
    const problems = await problemsOf(folder, text);
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
    const [problem] = await problemsOf(folder, api(`headers: {a: "\${file:${secret}}"}`));
    expect(problem?.message).toContain('line break');
    expect(problem?.message).not.toContain('hunter2');
  });

  it('names a file that doesn’t exist', async () => {
    await expect(loadConfig(folder.file('nope.yaml'))).rejects.toThrow(/nope\.yaml:1:1 doesn’t exist/);
  });

  it('is refused, not crashed on, wherever the file breaks off', async () => {
    const text = minimalConfig({ api: '    rules:\n      - {name: r, groups: [a], paths: ["/v1/**"]}' });
    for (let length = 0; length < text.indexOf('upstream'); length += 7) {
      expect((await problemsOf(folder, text.slice(0, length))).length, text.slice(0, length)).toBeGreaterThan(0);
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
        expect((await problemsOf(folder, pieces.join(''))).length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
