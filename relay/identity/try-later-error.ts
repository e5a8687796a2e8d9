import { AccessError } from '../../shared/errors.ts';
import type { Reason } from '../../shared/reason.ts';

/** Nobody can tell now whether a sign-in counts; asking again is of use after `retryAfterSeconds` (RFC 9110 §10.2.3). */
export class TryLaterError extends AccessError {
  readonly retryAfterSeconds: number;
  /** @param why what the message says to the person who waits; left out where nobody does */
  constructor(message: string, waitMs: number, why?: Reason) {
    super('idp-unreachable', message, why === undefined ? {} : { reasons: [why] });
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}
