import type { Logger } from 'pino';
import { AccessError } from '../../../shared/errors.ts';
import type { Authenticator, Identity } from '../../identity/identity.ts';
import type { ConsoleProvider, ConsoleTokens } from './console-provider.ts';
import type { ConsoleSignIn } from './console-sessions.ts';

/** Tokens are renewed so long before they end, or in the last quarter of a short life. */
const renewAheadMs = 60_000;

export interface TokenSignInOptions {
  readonly provider: ConsoleProvider;
  readonly tokens: ConsoleTokens;
  /** Who a token stands for: signature, times, revocations and ended sessions, as for callers who bring one. @throws AccessError */
  readonly identityOf: (token: string) => Promise<Identity>;
  readonly authenticator: Pick<Authenticator, 'recheck' | 'recheckAfterMs'>;
  readonly log: Logger;
  readonly now?: () => number;
}

/**
 * A sign-in by tokens of a provider, which stay here: renewed before they end, and looked at anew at each use.
 * @throws AccessError when the first token doesn’t count
 */
export async function signInByTokens(options: TokenSignInOptions): Promise<ConsoleSignIn> {
  const { provider, identityOf, authenticator, log, now = Date.now } = options;
  let { tokens } = options;
  let receivedAtMs = now();
  let renewal: Promise<void> | undefined;
  const first = await identityOf(tokens.presented);
  if (first.kind !== 'person')
    throw new AccessError('token-rejected', `${provider.name} says that ${first.username} is a service, not a person.`);
  const { issuer, subject, username } = first;
  let recheckedAtMs = now();

  const renew = async (): Promise<void> => {
    try {
      tokens = await provider.renew(tokens);
      receivedAtMs = now();
    } catch (error) {
      const isOver = error instanceof AccessError && error.code === 'sign-in-expired';
      if (isOver || now() >= tokens.endsAtMs) throw error;
      log.warn({ err: error, issuer: provider.issuer }, 'a sign-in at the console can’t be renewed yet');
    } finally {
      renewal = undefined;
    }
  };

  const identity = async (): Promise<Identity> => {
    const { endsAtMs, refreshToken } = tokens;
    const aheadMs = Math.min(renewAheadMs, (endsAtMs - receivedAtMs) / 4);
    if (refreshToken !== null && now() >= endsAtMs - aheadMs) await (renewal ??= renew());
    const found = await identityOf(tokens.presented);
    if (found.issuer !== issuer || found.subject !== subject)
      throw new AccessError('session-revoked', `${provider.name} has renewed the sign-in for somebody else.`);
    const recheckMs = authenticator.recheckAfterMs(found);
    if (recheckMs !== undefined && now() >= recheckedAtMs + recheckMs) {
      recheckedAtMs = now();
      if ((await authenticator.recheck(found)) === 'ended')
        throw new AccessError('session-revoked', `${provider.name} has ended this sign-in.`);
    }
    return found;
  };

  return {
    issuer,
    subject,
    username,
    signedInAt: provider.name,
    identity,
    end: () => provider.revoke(tokens),
    endSessionUrl: (returnTo) => provider.endSessionUrl(returnTo),
  };
}
