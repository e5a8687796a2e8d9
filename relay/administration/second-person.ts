import { AccessError } from '../../shared/errors.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { Config } from '../config/config-schema.ts';
import type { Person } from '../identity/person-key.ts';

/** Who gives access, as far as it is known. */
export interface GivesAccess {
  /** Null for a user of the relay’s machine. */
  readonly person: Person | null;
  /** Of a user of the machine: whether they could open the relay’s files anyway. */
  readonly machineUser?: { readonly opensFiles: boolean };
  /** Whether the socket was opened for a group when the relay started: a reload takes nobody out of it. */
  readonly isSocketShared?: boolean;
}

/**
 * Demands that who gives access, or a way in with an emergency account, can be told from who gets it: a human with an
 * emergency account, or another user of the relay’s machine, could be the one.
 * @throws AccessError `policy-denied`
 */
export function requireToldApart(
  config: Pick<Config, 'admin' | 'relay'>,
  { person, machineUser, isSocketShared = false }: GivesAccess,
): void {
  const isAnyoneThere = isSocketShared || machineUser !== undefined || config.admin?.socket_group !== undefined;
  if (person === null && isAnyoneThere && machineUser?.opensFiles !== true)
    throw new AccessError(
      'policy-denied',
      'Members of admin.socket_group give no access: the socket doesn’t say who they are at the provider, and one of them could have asked. Use the operators’ port with your own sign-in.',
    );
  if (person !== null && person.issuer === breakGlassIssuerOf(config))
    throw new AccessError(
      'policy-denied',
      'Emergency accounts give no access: their people have another account at the provider, and could give it to themselves. Ask an operator who signs in at the provider.',
    );
}
