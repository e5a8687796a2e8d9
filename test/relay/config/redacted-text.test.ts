import { expect, test } from 'vitest';
import { readConfig } from '../../../relay/config/load-config.ts';
import { redactedText } from '../../../relay/config/redacted-text.ts';
import { readProjectFile } from '../../docs/read-docs.ts';
import { minimalConfig } from './config-folder.ts';

const secret = 'hunter2hunter2';

test.each([
  ['a header', 'apis:\n  - headers: { X-Api-Key: hunter2hunter2 }'],
  ['a header beside its placeholder', 'apis:\n  - headers:\n      Authorization: Basic ${env:USER}hunter2hunter2'],
  [
    'a header of several lines',
    'apis:\n  - headers:\n      X-A: |\n        hunter2hunter2\n        hunter2hunter2\n    id: x',
  ],
  ['a header that is called like a key', 'apis:\n  - headers: { name: hunter2hunter2 }'],
  ['a secret by its key', 'shared_state: { secret: hunter2hunter2 }'],
  ['a secret under the old name of a key', 'counters: { secret: hunter2hunter2 }'],
  ['the address of Redis', 'shared_state: { url: "redis://:hunter2hunter2@redis:6379" }'],
  ['a password in an address', 'apis:\n  - upstream: http://u:hunter2hunter2@orders'],
  ['a password in an address without a user', 'relay: { url: "https://hunter2hunter2@relay" }'],
  ['a secret of the relay’s client', 'issuers:\n  - relay_client: { secrets: [hunter2hunter2] }'],
  ['a bearer token', 'issuers:\n  - groups_lookup: { bearer: "hunter2hunter2" }'],
  ['a key that there isn’t', 'shared_state: { secert: hunter2hunter2 }'],
  ['a part that there isn’t', 'sekrets: { a: { b: [hunter2hunter2] } }'],
  ['a value in place of a group', 'shared_state: hunter2hunter2'],
  ['a value in place of a list', 'apis: hunter2hunter2'],
  ['an anchor that a secret names', 'relay: { name: &a hunter2hunter2 }\nshared_state: { secret: *a }'],
  ['a comment', 'relay: { name: A } # token hunter2hunter2'],
  ['a header that is commented out', 'apis:\n  - id: x\n  #  X-Api-Key: hunter2hunter2'],
  ['an address in a comment', '# was redis://:hunter2hunter2@redis\nrelay: { name: A }'],
  ['a text that is no group', 'hunter2hunter2'],
  ['a list', '- hunter2hunter2'],
  ['broken YAML', 'relay:\n  name: "A\ncounters:\n  secret: hunter2hunter2'],
  ['broken YAML, in brackets', 'relay: { name: A, counters: { secret: hunter2hunter2 }'],
  ['broken YAML, below headers', 'x: [\napis:\n  - headers:\n      name: hunter2hunter2\n      id: hunter2hunter2'],
  ['broken YAML, in a row', 'x: [\nhunter2hunter2\n  - hunter2hunter2'],
  ['broken YAML, in a comment', 'x: [\n# secret: hunter2hunter2'],
  ['tabs', 'counters:\n\tsecret: hunter2hunter2'],
  ['several documents', 'relay: { name: A }\n---\ncounters: { secret: hunter2hunter2 }'],
])('is left out: %s', (_what, text) => {
  expect(redactedText(text)).not.toContain(secret);
});

test.each([
  ['', ''],
  ['apis:\n  - headers: { K: "${env:ORDERS_KEY}" }', 'apis:\n  - headers: { K: "${env:ORDERS_KEY}" }'],
  ['apis:\n  - headers: { K: "Bearer ${file:k}" }', 'apis:\n  - headers: { K: "(not kept)${file:k}" }'],
  ['counters: { store: redis, prefix: a }', 'counters: { store: redis, prefix: a }'],
  ['relay: { tls: { key: tls/relay.key } }', 'relay: { tls: { key: tls/relay.key } }'],
  ['# Who may refund:\nrelay: {name: A}\n', '# Who may refund:\nrelay: {name: A}\n'],
  [
    'apis:\n  - rules: [{ name: r, claims: { department: [sales, 2] }, times: [{ days: [mon] }] }]',
    'apis:\n  - rules: [{ name: r, claims: { department: [sales, 2] }, times: [{ days: [mon] }] }]',
  ],
  [
    'issuers:\n  - claims: { groups: [a, b], mapping: { x: y } }',
    'issuers:\n  - claims: { groups: [a, b], mapping: { x: y } }',
  ],
  ['relay:\n  name: "A\nlog:\n  level: info', 'relay:\n  name: (not kept)\nlog:\n  level: info'],
])('of %j stays %j', (text, kept) => {
  expect(redactedText(text)).toBe(kept);
});

test('what is left of a config decides as the whole did', async () => {
  const api = [
    '    headers: { X-Api-Key: hunter2hunter2 }',
    '    rules: [{ name: read, groups: [developers], methods: [GET], paths: [/v1/**] }]',
  ].join('\n');
  const text = minimalConfig({
    api,
    tail: 'shared_state: { store: redis, url: "redis://:hunter2hunter2@r", on_failure: deny }',
  });
  const read = async (of: string) =>
    (await readConfig({ path: '/etc/relay.yaml', text: of }, { files: 'skip' })).config;
  const [whole, kept] = [await read(text), await read(redactedText(text))];
  expect(kept.apis[0]?.rules).toEqual(whole.apis[0]?.rules);
  expect(JSON.stringify(kept)).not.toContain(secret);
  const example = readProjectFile('docs/example-relay.yaml');
  expect((await read(redactedText(example))).apis).toEqual((await read(example)).apis);
});
