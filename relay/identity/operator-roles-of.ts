import { type AdminConfig, type AdminRole, adminRoles } from '../config/admin-schema.ts';

/** The roles of an operator that a person’s groups give. */
export function operatorRolesOf(groups: readonly string[], roles: AdminConfig['roles']): readonly AdminRole[] {
  return adminRoles.filter((role) => roles[role].some((group) => groups.includes(group)));
}
