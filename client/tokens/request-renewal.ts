import { getDPoPHandle, refreshTokenGrant, ResponseBodyError } from 'openid-client';
import { AccessError } from '../../shared/errors.ts';
import type { Provider } from '../provider/discover-provider.ts';
import { providerFailure, providerWords } from '../provider/provider-failure.ts';
import { importProofKey } from './proof-key.ts';
import { fromTokenResponse, type TokenSet } from './token-set.ts';
import { text } from '../../shared/messages/text.ts';

/** How providers that say so call a refresh token that comes twice (RFC 9700 §4.14.2), Keycloak and Auth0 among them. */
const reuseWords = /re-?use|already (been )?(used|redeemed)|replay/i;

/**
 * Asks the provider once for new tokens (RFC 6749 §6).
 * @throws AccessError `sign-in-expired` when the person is needed (no or refused refresh token), `idp-unreachable`
 * or `idp-misconfigured` otherwise
 */
export async function requestRenewal(provider: Provider, tokens: TokenSet, now: () => number): Promise<TokenSet> {
  const host = new URL(tokens.issuer.issuer).host;
  if (tokens.refreshToken === null) {
    throw new AccessError('sign-in-expired', text('failure.no-renewal', { host }));
  }
  const dpop = tokens.proofKey && getDPoPHandle(provider.configuration, (await importProofKey(tokens.proofKey)).pair);
  try {
    const response = await refreshTokenGrant(
      provider.configuration,
      tokens.refreshToken,
      tokens.issuer.resource === undefined ? {} : { resource: tokens.issuer.resource },
      dpop ? { DPoP: dpop } : {},
    );
    return { ...tokens, ...fromTokenResponse(response, tokens, now(), tokens.issuer.tokenKind) };
  } catch (error) {
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant') {
      const words = providerWords(error.error, error.error_description);
      const reused = reuseWords.test(error.error_description ?? '');
      const reason = reused ? text('failure.ended.reused', { host, words }) : text('failure.ended', { host, words });
      throw new AccessError('sign-in-expired', reason, { cause: error });
    }
    throw providerFailure(tokens.issuer.issuer, 'renewing', error);
  }
}
