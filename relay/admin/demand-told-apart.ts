import { AccessError } from '../../shared/errors.ts';
import { type ActToTellApart, requireToldApart } from '../administration/second-person.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import { callerAddress } from '../http/caller-address.ts';
import { recordRefusalOf } from '../identity/authenticate-caller.ts';
import type { AdminContext } from './admin-env.ts';

/** As {@link requireToldApart}, for the caller of the admin API; a refusal is recorded. @throws AccessError `policy-denied` */
export function demandToldApart(
  audit: AuditLog,
  context: AdminContext,
  { config, act }: { readonly config: Pick<Config, 'admin' | 'relay'>; readonly act: ActToTellApart },
): Promise<void> {
  return recordDenied(audit, context, async () => requireToldApart(config, context.get('caller'), act));
}

/** Does what may be denied to its caller, which is recorded. @throws AccessError what it threw */
export async function recordDenied<Done>(
  audit: AuditLog,
  context: AdminContext,
  act: () => Promise<Done>,
): Promise<Done> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AccessError) || error.code !== 'policy-denied') throw error;
    const { name, person } = context.get('caller');
    const remoteAddress = callerAddress(context.env.incoming);
    const refused = new AccessError(error.code, `${name}: ${error.message}`);
    throw (await recordRefusalOf(audit, remoteAddress, person, refused)) ?? error;
  }
}
