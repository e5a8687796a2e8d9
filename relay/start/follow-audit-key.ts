import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { KeyHolder } from '../audit/create-audit-log.ts';
import type { LoadedConfig } from '../config/load-config.ts';

type Keyed = Pick<LoadedConfig, 'auditKey'>;

/**
 * Lets the key of `audit.signing_key` sign as soon as a config has another one: one change after the other, and again until
 * the newest one signs.
 */
export function followAuditKey(
  holder: KeyHolder,
  first: Keyed,
  log: Logger,
  retryEveryMs = 1000,
): (next: Keyed) => void {
  let wanted = first.auditKey;
  /** Undefined while it isn’t known: an answer that is lost may have been either. */
  let signing = first.auditKey;
  let isChanging = false;

  const change = async (): Promise<void> => {
    isChanging = true;
    let failures = 0;
    while (wanted !== undefined && wanted !== signing) {
      const next = wanted;
      try {
        await holder.replaceKey('“audit.signing_key” has another one', next);
        signing = next;
        if (failures > 0) log.info('the key of audit.signing_key signs');
        failures = 0;
      } catch (err) {
        signing = undefined;
        failures += 1;
        if (failures === 1)
          log.error({ err }, 'the key of audit.signing_key doesn’t sign yet; keep the former one until it does');
        await sleep(retryEveryMs, undefined, { ref: false });
      }
    }
    isChanging = false;
  };

  return ({ auditKey }) => {
    if (auditKey === undefined || first.auditKey === undefined) return;
    wanted = auditKey;
    if (!isChanging) void change();
  };
}
