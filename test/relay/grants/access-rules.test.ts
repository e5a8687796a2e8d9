import { expect, it } from 'vitest';
import { mayDecide } from '../../../relay/grants/access-rules.ts';
import type { AccessRequest } from '../../../relay/grants/grant.ts';

const issuer = 'https://idp.example';
const config = {
  relay: { url: 'https://relay.example' },
  apis: [],
  access_requests: { roles: [{ role: 'refunders', approvers: ['bosses', 'break-glass'], max_hours: 8 }] },
} as unknown as Parameters<typeof mayDecide>[0];
const request = { requester: { issuer, subject: 'alice', username: 'alice' }, api: null, role: 'refunders' };

it.each<[string, boolean, string, string, readonly string[]]>([
  ['who asked', false, issuer, 'alice', ['bosses']],
  ['somebody who is no approver', false, issuer, 'bob', ['staff']],
  ['an emergency account, whoever’s it is', false, 'https://relay.example/break-glass', 'alice', ['bosses']],
  ['an emergency account by the group that each has', false, 'https://relay.example/break-glass', 'x', ['break-glass']],
  ['an approver', true, issuer, 'bob', ['bosses']],
])('%s may decide: %s', (_who, may, at, subject, groups) => {
  expect(mayDecide(config, { issuer: at, subject, groups }, request as AccessRequest)).toBe(may);
});
