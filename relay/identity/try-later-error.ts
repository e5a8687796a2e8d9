import { AccessError } from '../../shared/errors.ts';

/** Nobody can tell now whether a sign-in counts; asking again is of use after `retryAfterSeconds` (RFC 9110 §10.2.3). */
export class TryLaterError extends AccessError {
  readonly retryAfterSeconds: number;
  constructor(message: string, waitMs: number) {
    super('idp-unreachable', message);
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}
