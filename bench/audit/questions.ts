import type { AuditFilters } from '../../relay/audit/reading/audit-query.ts';
import { requestIdOf } from '../../test/support/fill-audit.ts';

/** The ten questions of docs/audit.md to records that were made up for 2,000 people, and two that match little. */
export const questions = {
  'what-a-person-did': { user: 'person-7' },
  'denied-at-an-api': { api: 'payroll', effect: 'deny' },
  'failed-for-a-group': { group: 'staff', status: '5xx' },
  'one-request': { request: requestIdOf(9) },
  'below-a-path': { api: 'orders', method: 'GET', path: '/v1/orders' },
  'from-an-address': { address: '10.0.0.7' },
  'written-from-a-device': { device: 'laptop-7', method: 'POST' },
  'about-a-grant': { grant: 'g-person-0' },
  'expired-tokens': { type: 'authentication-refused', code: 'token-expired' },
  'by-a-rule-in-a-session': { rule: 'staff-write', user: 'person-7', session: 'session-7' },
  'a-rare-person': { user: 'person-1999' },
  'that-never-was': { user: 'person-1999', status: '502' },
} satisfies Readonly<Record<string, AuditFilters>>;

export type Question = keyof typeof questions;
