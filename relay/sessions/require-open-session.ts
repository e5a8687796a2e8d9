import { AccessError } from '../../shared/errors.ts';
import type { Authenticator } from '../identity/identity.ts';
import { type Disclosure, endDetail } from './lock.ts';
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
      const end = locks.endOf({ identity, device: null });
      if (end !== null) throw new AccessError('session-revoked', endDetail(end, disclose()), { atMs: end.createdAtMs });
      return identity;
    },
  };
}
