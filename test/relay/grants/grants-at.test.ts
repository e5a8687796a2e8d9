import { expect, test } from 'vitest';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { grantsAt } from '../../../relay/grants/grants-at.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const hour = 3_600_000;
const requester = { issuer: 'https://idp.example', subject: 's', username: 'alice' };

function filledFolder(): string {
  const dataDir = temporaryFolder();
  const store = openGrantStore(dataDir);
  const ask = (api: string | null, role: string, hours: number): string =>
    store.request({ requester, api, role, reason: 'test', hours }, 0).id;
  store.decide(ask('payroll', 'ended', 2), 'approved', 'bob', 'fine', hour);
  const revoked = ask(null, 'revoked', 8);
  store.decide(revoked, 'approved', 'bob', 'fine', hour);
  store.revoke(revoked, 'dana', 'done', 2 * hour);
  store.decide(ask('payroll', 'refused', 8), 'refused', 'bob', 'no', hour);
  store.decide(ask('orders', 'elsewhere', 8), 'approved', 'bob', 'fine', hour);
  ask('payroll', 'pending', 8);
  store.expire(9 * hour);
  store.close();
  return dataDir;
}

test.each([
  [hour - 1, []],
  [hour, ['ended', 'revoked']],
  [2 * hour - 1, ['ended', 'revoked']],
  [2 * hour, ['ended']],
  [3 * hour, []],
  [99 * hour, []],
])('at %i the grants that counted were %j', (timeMs, roles) => {
  const found = grantsAt(filledFolder(), 'payroll', timeMs);
  if (found === 'unreadable') throw new Error(found);
  expect(found.map(({ role }) => role)).toEqual(roles);
  for (const grant of found) expect(grant).toMatchObject({ username: 'alice', approvedBy: 'bob' });
});

test('without requests for access there were no grants', () => {
  expect(grantsAt(temporaryFolder(), 'payroll', 0)).toEqual([]);
});
