import { buildEndSessionUrl, ResponseBodyError, tokenRevocation } from 'openid-client';
import { AccessError } from '../../shared/errors.ts';
import type { TokenSet } from '../tokens/token-set.ts';
import type { Provider } from './discover-provider.ts';
import { providerFailure } from './provider-failure.ts';

/** What became of a sign-out at the provider. On this computer everything is forgotten in any case. */
export interface EndedSignIn {
  /** Null when the tokens are revoked or the provider takes no revocation. */
  readonly revocationFailure: AccessError | null;
  /** Page that ends the provider's own session (OpenID RP-Initiated Logout 1.0); null when there is none. */
  readonly endSessionUrl: string | null;
}

/**
 * Revokes the refresh token, then the access token (RFC 7009). Never throws: a provider that is down must not keep
 * anybody signed in here.
 */
export async function endSignIn(discover: () => Promise<Provider>, tokens: TokenSet): Promise<EndedSignIn> {
  let provider: Provider;
  try {
    provider = await discover();
  } catch (error) {
    return { revocationFailure: stillValid(tokens, error), endSessionUrl: null };
  }
  const metadata = provider.configuration.serverMetadata();
  let revocationFailure: AccessError | null = null;
  if (metadata.revocation_endpoint !== undefined) {
    for (const [token, hint] of [
      [tokens.refreshToken, 'refresh_token'],
      // An ID token can't be revoked: it only says who signed in.
      [tokens.issuer.tokenKind === 'id_token' ? null : tokens.accessToken, 'access_token'],
    ] as const) {
      if (token === null || token === '') continue;
      try {
        await tokenRevocation(provider.configuration, token, { token_type_hint: hint });
      } catch (error) {
        // Self-contained access tokens often can't be revoked (RFC 7009 §2.2.1); they end soon by themselves.
        const selfContained = error instanceof ResponseBodyError && error.error === 'unsupported_token_type';
        if (!selfContained) revocationFailure ??= stillValid(tokens, error);
      }
    }
  }
  const endSessionUrl =
    metadata.end_session_endpoint === undefined || tokens.idToken === null
      ? null
      : buildEndSessionUrl(provider.configuration, { id_token_hint: tokens.idToken }).href;
  return { revocationFailure, endSessionUrl };
}

function stillValid(tokens: TokenSet, error: unknown): AccessError {
  const failure = providerFailure(tokens.issuer.issuer, 'signing out', error);
  return new AccessError(
    failure.code,
    'You’re signed out here, but the sign-in service couldn’t be told: ' +
      `your sign-in there may last until ${new Date(tokens.expiresAtMs).toISOString()}. (${failure.message})`,
    { cause: error },
  );
}
