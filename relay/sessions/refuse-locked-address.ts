import type { AccessError } from '../../shared/errors.ts';
import { reasonedError } from '../../shared/plain-reason.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import { recordRefusal } from '../identity/authenticate-caller.ts';
import { type Disclosure, type Lock, lockReason } from './lock.ts';

/** What whoever comes from a locked address is answered. */
export interface AddressRefusal {
  readonly httpStatus: 403 | 503;
  readonly error: AccessError;
  /** Until the lock ends; null when nobody knows. */
  readonly retryAfterSeconds: number | null;
}

/**
 * Refuses a caller of a locked address, of whom nothing is looked at. Like any refusal it is on record when this resolves; a
 * caller without a token leaves none.
 */
export async function refuseLockedAddress(
  lock: Lock,
  caller: { readonly remoteAddress: string; readonly token: string | null },
  { audit, disclose }: { readonly audit: AuditLog; readonly disclose: Disclosure },
): Promise<AddressRefusal> {
  const error = reasonedError('locked', lockReason(lock, disclose));
  const unrecorded =
    caller.token === null ? null : await recordRefusal(audit, caller.remoteAddress, caller.token, error, 'token');
  if (unrecorded !== null) return { httpStatus: 503, error: unrecorded, retryAfterSeconds: null };
  const { untilMs } = lock;
  const retryAfterSeconds = untilMs === null ? null : Math.max(1, Math.ceil((untilMs - Date.now()) / 1000));
  return { httpStatus: 403, error, retryAfterSeconds };
}
