import { AccessError } from '../../shared/errors.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { Config } from '../config/config-schema.ts';
import type { Person } from '../identity/person-key.ts';

/**
 * Demands that who gives access can be told from who gets it: a human with an emergency account, or at a socket that several
 * may use, could be the one who asked.
 * @param person null for a user of the relay’s machine
 * @throws AccessError `policy-denied`
 */
export function requireToldApart(config: Pick<Config, 'admin' | 'relay'>, person: Person | null): void {
  if (person === null && config.admin?.socket_group !== undefined)
    throw new AccessError(
      'policy-denied',
      'Members of admin.socket_group give no access: the socket doesn’t say which of them asks. Use the operators’ port with your own sign-in.',
    );
  if (person !== null && person.issuer === breakGlassIssuerOf(config))
    throw new AccessError(
      'policy-denied',
      'Emergency accounts give no access: their people have another account at the provider, and could give it to themselves. Ask an operator who signs in at the provider.',
    );
}
