import type { Authenticator } from '../identity/identity.ts';
import type { SignInMetrics } from '../metrics/sign-in-metrics.ts';

/** The same, with tokens that are taken counted; those that are refused are counted by their records. */
export function countedAuthenticator<Counted extends Authenticator>(
  authenticator: Counted,
  signIns: Pick<SignInMetrics, 'accepted'>,
): Counted {
  return {
    ...authenticator,
    async authenticate(credentials) {
      const identity = await authenticator.authenticate(credentials);
      signIns.accepted(identity.issuer);
      return identity;
    },
  };
}
