import { expect, test } from 'vitest';
import { shownRequestSchema, shownRequestsSchema } from '../../shared/access-request.ts';
import { steers } from '../../shared/shown-text.ts';
import { sampleRequest } from '../support/renderer-preview/sample-requests.ts';

const evil = 'for\u202Etxt.exe\u0007';

test.each([
  ['requester', { requester: evil }],
  ['role', { role: evil }],
  ['reason', { reason: evil }],
  ['who decided', { decidedBy: evil }],
  ['note', { note: evil }],
  ['approvers', { approvers: [evil] }],
  ['what is allowed today', { today: { allowed: [evil], grants: [] } }],
  ['what was granted', { today: { allowed: [], grants: [{ role: evil, api: null, expiresAtMs: 1 }] } }],
])('nothing in a request steers what shows it: %s', (_name, change) => {
  const shown = JSON.stringify(shownRequestSchema.parse(sampleRequest(change)));
  expect(shown).toContain('txt.exe');
  expect(steers(shown)).toBe(false);
  expect(shown).not.toContain('\\u');
});

test('a list is bounded', () => {
  const listOf = (length: number) => ({ requests: Array.from({ length }, () => sampleRequest()) });
  expect(shownRequestsSchema.safeParse(listOf(1000)).success).toBe(true);
  expect(shownRequestsSchema.safeParse(listOf(1001)).success).toBe(false);
});
