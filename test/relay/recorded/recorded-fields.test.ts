import { expect, test } from 'vitest';
import { recordedClaims } from '../../../relay/recorded/recorded-fields.ts';
import { recordedQuery } from '../../../relay/recorded/recorded-query.ts';
import { userAgentOf } from '../../../relay/recorded/user-agent.ts';

const names = new Set(['state', 'q', 'id']);

test.each([
  ['a JSON Web Token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  ['half of one', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0'],
  ['one inside a text', 'see%20eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln%20there'],
  ['a bearer token', 'Bearer+abc'],
  ['basic credentials', 'Basic%20YWxpY2U6cHc='],
  ['a private key', '-----BEGIN+PRIVATE+KEY-----'],
  ['a token of GitHub', 'ghp_16C7e42F292c6912'],
  ['a key of AWS', 'AKIAIOSFODNN7EXAMPLE'],
  ['a key of Slack', 'xoxb-1234567890-abc'],
  ['a password in an address', 'https://alice:pw@acme.example/'],
  ['random digits', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['random letters', 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2Q='],
])('the value of a named parameter is redacted when it is %s', (_what, value) => {
  expect(recordedQuery(`/v1?state=${value}`, names)).toEqual({ state: ['(redacted)'] });
});

test.each([
  ['/v1', undefined],
  ['/v1?', undefined],
  ['/v1?other=1&State=2', undefined],
  ['/v1?state=open', { state: ['open'] }],
  ['/v1?state=a&q=b&state=c', { state: ['a', 'c'], q: ['b'] }],
  ['/v1?state', { state: [''] }],
  ['/v1?state=a+b%20c', { state: ['a b c'] }],
  ['/v1?st%61te=x', { state: ['x'] }],
  ['/v1?state=%1b[31m%0ad', { state: [' [31m d'] }],
  ['/v1?state=%ff', { state: ['\uFFFD'] }],
  [`/v1?state=${'x y'.repeat(100)}`, { state: [`${'x y'.repeat(100).slice(0, 256)}…`] }],
  ['/v1?id=3f2504e0-4f89-41d3-9a0c-0305e82c3301', { id: ['3f2504e0-4f89-41d3-9a0c-0305e82c3301'] }],
  ['/v1?q=mail@acme.example', { q: ['mail@acme.example'] }],
  [`/v1?${'q=1&'.repeat(40)}`, { q: Array.from({ length: 32 }, () => '1') }],
])('of %j is recorded %j', (target, expected) => {
  expect(recordedQuery(target, names)).toEqual(expected);
});

test.each([
  [[], undefined],
  [['Host', 'x'], undefined],
  [['User-Agent', 'curl/8.9.1'], 'curl/8.9.1'],
  [['host', 'x', 'user-agent', ''], ''],
  [['USER-AGENT', 'a', 'User-Agent', 'b'], 'a'],
  [['User-Agent', 'x'.repeat(300)], 'x'.repeat(256)],
  [['User-Agent', 'a\u001B[31m\u202Eb'], 'a [31m b'],
  [['User-Agent', `Größe\t1`], 'Größe 1'],
  [['X-User-Age', 'curl'], undefined],
])('of the headers %j the user agent is %j', (headers, expected) => {
  expect(userAgentOf(headers)).toBe(expected);
});

test.each([
  [[], undefined],
  [['missing'], undefined],
  [['department'], { department: 'sales' }],
  [['department', 'roles', 'missing'], { department: 'sales', roles: ['a', 2] }],
  [['realm.cost'], { 'realm.cost': 7 }],
  [['https://acme.example/x'], { 'https://acme.example/x': true }],
  [['long'], { long: '(too long)' }],
])('of a token’s claims %j gives %j', (paths, expected) => {
  const claims = {
    department: 'sales',
    roles: ['a', 2],
    realm: { cost: 7 },
    'https://acme.example/x': true,
    long: 'x'.repeat(2000),
  };
  expect(recordedClaims(claims, paths)).toEqual(expected);
});
