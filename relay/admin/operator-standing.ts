import { AccessError } from '../../shared/errors.ts';
import type { AuthenticatorOptions } from '../identity/create-authenticator.ts';
import type { Identity } from '../identity/identity.ts';
import { lockDetail } from '../sessions/lock.ts';
import { locksInForce } from '../sessions/locks-in-force.ts';
import type { Locks } from '../sessions/start-locks.ts';

/** What was ended or locked counts for operators, too. */
export interface OperatorStanding {
  /** What ended sign-ins and used proofs are known by, here and at the other relays. */
  readonly identity: Pick<AuthenticatorOptions, 'revocations' | 'replays' | 'nonceSecrets'>;
  readonly locks: Pick<Locks, 'all' | 'endOf'>;
  close(): Promise<void>;
}

/** Why an operator is shut out; null when nothing does. A lock on everything leaves in who can take it away. */
export function operatorLock({ all }: Pick<Locks, 'all'>, identity: Identity): AccessError | null {
  const inForce = locksInForce(Date.now);
  inForce.put(all.filter(({ target }) => target.type !== 'everything'));
  const lock = inForce.of({ identity, device: null }, null);
  return lock === null ? null : new AccessError('locked', lockDetail(lock, 'full'));
}
