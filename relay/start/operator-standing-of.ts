import type { Logger } from 'pino';
import type { OperatorStanding } from '../admin/operator-standing.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { SecretNow } from '../shared-state/shared-secret.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { storeRevocations } from '../identity/store-revocations.ts';
import { locksOfRelay, sharedStateOf, storedStateOf } from './optional-parts.ts';

const nothing = (): void => undefined;

/**
 * Follows revocations and locks for the operators’ port, wherever the relay’s processes have them; null where no port is
 * opened.
 */
export async function operatorStandingOf(
  loaded: LoadedConfig,
  secret: SecretNow,
  audit: AuditLog,
  log: Logger,
): Promise<OperatorStanding | null> {
  const { admin, relay } = loaded.config;
  if (admin === undefined) return null;
  const dataDir = relay.data;
  const handlers = { onRevoked: nothing, onBlind: nothing };
  const stored = await storedStateOf(loaded, log, { ...handlers, onTold: nothing });
  const shared = await sharedStateOf(loaded, secret, log, handlers, stored);
  const revocations =
    shared?.identity.revocations ?? stored?.revocations ?? storeRevocations({ dataDir, log, onRevoked: nothing });
  const places = { dataDir, stored, shared };
  const locks = await locksOfRelay(places, { audit, log, onChange: nothing, writesActs: false });
  await Promise.all([shared?.untilCaughtUp(locks.caughtUp), stored?.untilCaughtUp()]);
  return {
    identity: { ...shared?.identity, revocations },
    locks,
    async close() {
      locks.close();
      revocations.close?.();
      shared?.close();
      await stored?.close();
    },
  };
}
