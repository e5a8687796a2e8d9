import { expect, it } from 'vitest';
import { effectiveConfig, type EffectiveKey } from '../../../relay/config/effective-config.ts';
import { readConfig } from '../../../relay/config/load-config.ts';

const text = `relay:
  name: Example
  url: https://relay.example
  data: data
  tls: { cert: relay.pem, key: relay-key.pem }
issuers:
  - name: Okta
    preset: okta
    domain: acme.okta.com
    client_id: causeway
    relay_client: { client_id: relay, method: client_secret_basic, secrets: ["\${env:OKTA_SECRET}"] }
apis:
  - id: orders
    name: Orders
    upstream: http://orders.internal
    headers: { x-key: "literal-secret \${file:key.txt}" }
    rules:
      - { name: all, groups: [developers, sre] }
shared_state:
  store: redis
  url: rediss://user:password-in-address@redis.internal
  secret: another-literal-secret-of-thirty-two-characters
`;
const path = '/etc/causeway/relay.yaml';

const read = async (): Promise<ReadonlyMap<string, EffectiveKey>> => {
  const { config } = await readConfig({ path, text }, { files: 'skip' });
  // As it is once secrets are filled in.
  const [issuer] = config.issuers;
  const client = issuer?.relay_client;
  if (issuer === undefined || client === undefined) throw new Error('The config has a provider with a client.');
  const filled = { ...issuer, relay_client: { ...client, secrets: ['filled-in-secret'] } };
  const apis = config.apis.map((api) => ({ ...api, headers: { 'x-key': 'literal-secret filled-in-key' } }));
  const keys = effectiveConfig({ ...config, issuers: [filled], apis }, path, text);
  return new Map(keys.map((key) => [key.key, key]));
};

it.each<[string, Partial<EffectiveKey>]>([
  ['relay.name', { value: 'Example', source: 'file', line: 2 }],
  ['relay.data', { value: '/etc/causeway/data', source: 'file', line: 4 }],
  ['relay.drain_seconds', { source: 'default', line: null }],
  ['relay.listen.port', { source: 'default', line: null }],
  ['issuers[0].client_id', { value: 'causeway', source: 'file', line: 10 }],
  ['issuers[0].issuer', { source: 'preset', line: null }],
  [
    'issuers[0].relay_client.secrets',
    { value: ['${env:OKTA_SECRET}'], source: 'environment', line: 11, hidden: false },
  ],
  ['apis[0].headers["x-key"]', { value: '${file:key.txt}', source: 'secret-file', line: 16 }],
  ['apis[0].rules[0].groups', { value: ['developers', 'sre'], source: 'file', line: 18 }],
  ['apis[0].rules[0].methods', { value: ['*'], source: 'default', line: null }],
  ['shared_state.url', { source: 'file', line: 21 }],
  ['shared_state.secret', { value: null, hidden: true, source: 'file', line: 22 }],
  ['audit.sinks', { value: [], source: 'default', line: null }],
])('tells of %s where it is from', async (key, expected) => {
  expect((await read()).get(key)).toMatchObject(expected);
});

it('shows no secret, wherever it stands', async () => {
  const all = JSON.stringify([...(await read()).values()]);
  for (const secret of ['filled-in', 'literal-secret', 'password-in-address']) expect(all).not.toContain(secret);
});

it('tells of a config that is of no file that it is derived', async () => {
  const { config } = await readConfig({ path, text }, { files: 'skip' });
  const [first] = effectiveConfig(config, path, undefined);
  expect(first).toMatchObject({ key: 'relay.name', value: 'Example', source: 'derived', line: null });
});
