import type { AdminRole } from '../config/admin-schema.ts';

/** What an operation of the admin API does, as the table of roles knows it. */
export type Right =
  | 'see-relay'
  | 'read-audit'
  | 'read-people'
  | 'read-usage'
  | 'read-policy'
  | 'read-config'
  | 'end-sessions'
  | 'lock'
  | 'decide-access'
  | 'acknowledge'
  | 'run-relay'
  | 'back-up'
  | 'change-keys'
  | 'change-accounts'
  | 'erase-people';

/** Who may do what: the one table; docs/admin.md shows it. */
export const rightsOf: Readonly<Record<AdminRole, ReadonlySet<Right>>> = {
  viewer: new Set(['see-relay']),
  auditor: new Set(['see-relay', 'read-audit', 'read-people', 'read-usage', 'read-policy', 'read-config']),
  operator: new Set([
    'see-relay',
    'read-people',
    'read-usage',
    'read-policy',
    'end-sessions',
    'lock',
    'decide-access',
    'acknowledge',
    'run-relay',
  ]),
  owner: new Set([
    'see-relay',
    'read-audit',
    'read-people',
    'read-usage',
    'read-policy',
    'read-config',
    'end-sessions',
    'lock',
    'decide-access',
    'acknowledge',
    'run-relay',
    'back-up',
    'change-keys',
    'change-accounts',
    'erase-people',
  ]),
};

/** Whether any of the roles gives the right. */
export function mayDo(roles: readonly AdminRole[], right: Right): boolean {
  return roles.some((role) => rightsOf[role].has(right));
}
