import { said } from '../../shared/plain-reason.ts';
import { AccessError } from '../../shared/errors.ts';
import type { ReloadableAuthenticator } from '../identity/create-authenticator.ts';
import type { Authenticator, Identity } from '../identity/identity.ts';
import { type Disclosure, endReason } from './lock.ts';
import type { Locks } from './start-locks.ts';

/** An authenticator that takes no token of a session that was ended before its time. */
export function requireOpenSession<Wrapped extends Authenticator>(
  authenticator: Wrapped,
  locks: Pick<Locks, 'endOf'>,
  disclose: () => Disclosure,
): Wrapped {
  return {
    ...authenticator,
    async authenticate(credentials) {
      const identity = await authenticator.authenticate(credentials);
      refuseEnded(identity, locks, disclose());
      return identity;
    },
  };
}

/**
 * Who a token stands for now, when its session goes on, whatever the token is bound to: for tokens whose binding was
 * checked before, or that never left the relay.
 */
export function identityWithSession(
  authenticator: Pick<ReloadableAuthenticator, 'identityOf'>,
  locks: Pick<Locks, 'endOf'>,
): (token: string) => Promise<Identity> {
  return async (token) => {
    const identity = await authenticator.identityOf(token);
    refuseEnded(identity, locks, 'full');
    return identity;
  };
}

/** @throws AccessError `session-revoked` */
function refuseEnded(identity: Identity, locks: Pick<Locks, 'endOf'>, disclose: Disclosure): void {
  const end = locks.endOf({ identity, device: null });
  if (end === null) return;
  const { detail, reasons } = said(endReason(end, disclose));
  throw new AccessError('session-revoked', detail, { atMs: end.createdAtMs, reasons });
}
