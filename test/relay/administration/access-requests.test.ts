import { expect, it } from 'vitest';
import { decideAccessRequest, type GrantDecision } from '../../../relay/administration/access-requests.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const issuer = 'https://idp.example';
const alice = { issuer, subject: 'a', username: 'alice' };

it.each<[string, GrantDecision, { issuer: string; subject: string } | null, string | null]>([
  ['the requester', 'approved', alice, 'policy-denied'],
  ['the requester under another name', 'approved', { issuer, subject: 'a' }, 'policy-denied'],
  ['another person', 'approved', { issuer, subject: 'b' }, null],
  ['the same subject of another provider', 'approved', { issuer: 'https://other.example', subject: 'a' }, null],
  ['a user of the relay’s machine', 'approved', null, null],
  ['the requester', 'refused', alice, null],
])('by %s a request is %s only when another one may', async (_who, decision, person, code) => {
  const dataDir = temporaryFolder();
  const store = openGrantStore(dataDir);
  const asked = { requester: alice, api: null, role: 'refunders', reason: 'Refund 7', hours: 1 };
  const { id } = store.request(asked, Date.now());
  const deciding = decideAccessRequest({ dataDir }, id, decision, { author: 'x', person, reason: 'r' }, Date.now());
  if (code === null) expect((await deciding).request.status).toBe(decision);
  else await expect(deciding).rejects.toMatchObject({ code });
  expect(store.find(id)?.status).toBe(code === null ? decision : 'pending');
  store.close();
});
