import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPolicy } from '../../../relay/commands/test-policy.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

let folder: ConfigFolder;
let configPath: string;
beforeAll(async () => {
  folder = await openConfigFolder();
  const rules = [
    '    rules:',
    '      - {name: read, groups: [developers], methods: [GET]}',
    '      - {name: write, groups: [developers], methods: [POST], max_auth_age: 900, networks: [10.0.0.0/8]}',
    '      - {name: sales, claims: {department: [sales]}, scopes: [orders], paths: [/v2/**]}',
  ];
  configPath = await folder.write('relay.yaml', minimalConfig({ api: rules.join('\n') }));
});
afterAll(() => folder.close());

async function run(tests: string): Promise<{ code: number; output: string }> {
  let output = '';
  const testsPath = await folder.write('tests.yaml', tests);
  const code = await testPolicy({ configPath, testsPath, write: (text) => void (output += text) });
  return { code, output };
}

describe('test-policy', () => {
  it('exits with 2 for a file that can’t be used', async () => {
    expect(await run('tests: [{request: GET orders/, expect: maybe}]')).toMatchObject({
      code: 2,
      output: expect.stringContaining('tests.0.expect'),
    });
    expect((await run('tests: []')).code).toBe(2);
    expect((await run('a: 1\na: 2')).code).toBe(2);
    expect(await testPolicy({ configPath, testsPath: '/nowhere.yaml', write: () => undefined })).toBe(2);
  });

  it('exits with 1 and says what is otherwise, and why', async () => {
    const { code, output } = await run(
      'tests: [{name: reading, groups: [developers], request: GET orders/v1, expect: deny, rule: nope}]',
    );
    expect(code).toBe(1);
    expect(output).toContain('not ok 1 - reading\n');
    expect(output).toContain('expect: { expected: "deny", actual: "allow" }');
    expect(output).toContain('rule: { expected: "nope", actual: "read" }');
    expect(output).toContain('# 0 of 1 as expected');
  });

  it('exits with 0 when all is as expected, with everything that rules can ask for', async () => {
    const { code, output } = await run(`
tests:
  - { groups: [developers], request: GET orders/v1/orders, expect: allow, rule: read }
  - { request: GET orders/v1/orders, expect: deny, rule: null, unlocked_by: [developers] }
  - { groups: [developers], request: POST orders/v1, from: 10.1.1.1, signed_in_seconds_ago: 60, expect: allow }
  - { groups: [developers], request: POST orders/v1, from: 10.1.1.1, signed_in_seconds_ago: 901, expect: step-up }
  - { groups: [developers], request: POST orders/v1, from: 192.0.2.1, expect: deny }
  - { claims: { department: sales }, scopes: [orders], request: PUT orders/v2/x, expect: allow, rule: sales }
  - { groups: [developers], request: GET orders/a/../b, expect: refused }
`);
    expect(output).toContain('# 7 of 7 as expected');
    expect(code).toBe(0);
  });

  it('takes each caller for one of the issuer that is named, else of the first', async () => {
    const partners = '  - {name: Partners, issuer: "http://127.0.0.1:9001", client_id: c, audience: a, apis: []}';
    const rules = '    rules: [{name: all}]';
    const path = await folder.write('partners.yaml', minimalConfig({ issuer: partners, api: rules }));
    const check = async (tests: string): Promise<[number, string]> => {
      let output = '';
      const testsPath = await folder.write('partners-tests.yaml', tests);
      const code = await testPolicy({ configPath: path, testsPath, write: (text) => void (output += text) });
      return [code, output];
    };
    const [code, output] = await check(`
tests:
  - { request: GET orders/v1, expect: allow }
  - { issuer: SSO, request: GET orders/v1, expect: allow }
  - { issuer: Partners, request: GET orders/v1, expect: deny, rule: "issuer:Partners" }
`);
    expect(output).toContain('# 3 of 3 as expected');
    expect(code).toBe(0);
    expect(await check('tests: [{ issuer: Nobody, request: GET orders/v1, expect: allow }]')).toEqual([
      2,
      expect.stringContaining('There is no issuer “Nobody” in the configuration. Issuers: SSO, Partners.'),
    ]);
  });

  it('fails a test that names an API that there isn’t', async () => {
    expect(await run('tests: [{request: GET nope/, expect: deny}]')).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no API “nope”'),
    });
  });
});
