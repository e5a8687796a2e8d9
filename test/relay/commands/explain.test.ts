import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain, type ExplainOptions } from '../../../relay/commands/explain.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

let folder: ConfigFolder;
let configPath: string;
beforeAll(async () => {
  folder = await openConfigFolder();
  const rules = [
    '    headers: {X-Key: "${env:NOT_SET_HERE}"}',
    '    rules:',
    '      - {name: read, groups: [developers], methods: [GET], paths: [/v1/**]}',
    '      - {name: refund, groups: [orders-admins], paths: [/v1/refunds/**]}',
    '      - {name: kept, effect: deny, methods: [DELETE], paths: [/v1/orders/**]}',
  ];
  configPath = await folder.write('relay.yaml', minimalConfig({ api: rules.join('\n') }));
});
afterAll(() => folder.close());

async function ask(url: string, options: Partial<ExplainOptions> = {}): Promise<{ code: number; output: string }> {
  let output = '';
  const write = (text: string): void => void (output += text);
  const code = await explain({
    configPath,
    groups: ['developers'],
    method: 'GET',
    url,
    json: false,
    write,
    ...options,
  });
  return { code, output };
}

describe('explain', () => {
  it('exits with 2 for an unknown API, a bad method and a broken config', async () => {
    expect(await ask('stock/v1')).toEqual({
      code: 2,
      output: 'There is no API “stock” in the configuration. APIs: orders.\n',
    });
    expect(await ask('orders/v1', { method: 'GET /x' })).toEqual({
      code: 2,
      output: '“GET /x” isn’t an HTTP method.\n',
    });
    const broken = await folder.write('broken.yaml', 'relay: 1');
    const { code, output } = await ask('orders/v1', { configPath: broken });
    expect(code).toBe(2);
    expect(output).toContain('broken.yaml:1:8 relay: must be a group of keys');
  });

  it('exits with 3 for a denial and says which group would change it', async () => {
    const { code, output } = await ask('https://orders/v1/refunds?x=1', { method: 'post', as: 'alice' });
    expect(code).toBe(3);
    expect(output).toBe(
      [
        'alice, with the groups developers: POST /v1/refunds at Orders (orders)',
        '',
        'Denied. No rule allows POST /v1/refunds for your groups. The group orders-admins would unlock it.',
        '',
        'Rules considered, deny rules first:',
        '  ○ deny  kept: Doesn’t hold: it covers DELETE, not POST; its paths don’t match: /v1/orders/**.',
        '  ○ allow read: Doesn’t hold: it covers GET and HEAD, not POST.',
        '  ○ allow refund: Doesn’t hold: it is for the group orders-admins.',
        '',
        'What would change it: the group orders-admins.',
        '',
      ].join('\n'),
    );
  });

  it('exits with 2 for an issuer that isn’t in the configuration', async () => {
    expect(await ask('orders/v1/orders', { issuer: 'Partners' })).toEqual({
      code: 2,
      output: 'There is no issuer “Partners” in the configuration. Issuers: SSO.\n',
    });
  });

  it('says that only the deny rule itself could change a denial by rule', async () => {
    const { code, output } = await ask('orders/v1/orders/1', { method: 'DELETE', groups: ['orders-admins'] });
    expect(code).toBe(3);
    expect(output).toContain('What would change it: only a change of the deny rule “kept”.');
  });

  it('exits with 3 for a path that the relay refuses before any rule', async () => {
    const { code, output } = await ask('orders/v1/../admin');
    expect(code).toBe(3);
    expect(output).toContain('It holds a dot segment');
    expect(output).toContain('What would change it: send the path in its plain form.');
  });

  it('exits with 0 for a request that is allowed, without the API’s secrets at hand', async () => {
    const { code, output } = await ask('orders/v1/orders');
    expect(code).toBe(0);
    expect(output).toContain('Allowed. Rule “read” allows GET and HEAD under /v1 for the group developers.');
    expect(output).toContain('What would change it: a deny rule for this request, or the end of “read”.');
  });

  it('writes one line of JSON on demand, with the canonical path', async () => {
    const { code, output } = await ask('ORDERS/v1/%6frders', { json: true });
    expect(code).toBe(0);
    expect(output.trimEnd()).not.toContain('\n');
    expect(JSON.parse(output)).toMatchObject({
      api: 'orders',
      method: 'GET',
      path: '/v1/orders',
      groups: ['developers'],
      decision: { effect: 'allow', rule: 'read' },
      considered: [{ rule: 'kept' }, { rule: 'read', matched: true }, { rule: 'refund' }],
    });
  });
});
