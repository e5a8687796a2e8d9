import type { Logger } from 'pino';
import type { KeyHolder } from '../audit/create-audit-log.ts';
import type { LoadedConfig } from '../config/load-config.ts';

type Keyed = Pick<LoadedConfig, 'auditKey'>;

/**
 * Lets the key of `audit.signing_key` sign as soon as a config has another one. What can't be done now is tried again with the
 * next config.
 */
export function followAuditKey(holder: KeyHolder, first: Keyed, log: Logger): (next: Keyed) => void {
  let signing = first.auditKey;
  return ({ auditKey }) => {
    if (auditKey === undefined || signing === undefined || auditKey === signing) return;
    holder.replaceKey('“audit.signing_key” has another one', auditKey).then(
      () => (signing = auditKey),
      (error: unknown) => log.error({ err: error }, 'the key of audit.signing_key doesn’t sign yet'),
    );
  };
}
