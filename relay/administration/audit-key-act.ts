import { randomBytes } from 'node:crypto';
import type { AdministratorRecord } from '../acts/act-table.ts';
import { type Operator, readReason } from '../acts/operator.ts';

/** What the record of the change itself says; who and why stand in a record of their own, in which they can be erased. */
export const askedForAuditKey = 'an administrator asked for it';

/** The record of who let another key sign the audit, and why. @throws AccessError `bad-input` without a reason */
export function auditKeyAct(operator: Operator, reason: string, nowMs: number): AdministratorRecord {
  return {
    type: 'administrator',
    timeMs: nowMs,
    id: randomBytes(9).toString('base64url'),
    act: 'audit-key-replaced',
    operator,
    reason: readReason(reason),
    person: null,
  };
}
