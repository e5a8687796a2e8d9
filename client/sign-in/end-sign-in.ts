import { buildEndSessionUrl, ResponseBodyError, tokenRevocation } from 'openid-client';
import { AccessError } from '../../shared/errors.ts';
import type { TokenSet } from '../tokens/token-set.ts';
import type { Provider } from '../provider/discover-provider.ts';
import { answerOf, providerFailure } from '../provider/provider-failure.ts';
import { text } from '../../shared/messages/text.ts';

/** What became of a sign-out at the provider. On this computer everything is forgotten in any case. */
export interface EndedSignIn {
  /** `not-revoked`; null when the tokens are revoked or the provider takes no revocation. */
  readonly revocationFailure: AccessError | null;
  /** Page that ends the provider's own session (OpenID RP-Initiated Logout 1.0); null when there is none. */
  readonly endSessionUrl: string | null;
}

type TokenHint = 'refresh_token' | 'access_token';

/**
 * Revokes the refresh token, then the access token (RFC 7009). Never throws: a provider that is down must not keep
 * anybody signed in here.
 */
export async function endSignIn(discover: () => Promise<Provider>, tokens: TokenSet): Promise<EndedSignIn> {
  let provider: Provider;
  try {
    provider = await discover();
  } catch (error) {
    return { revocationFailure: stillValid(tokens, 'refresh_token', error), endSessionUrl: null };
  }
  const metadata = provider.configuration.serverMetadata();
  let revocationFailure: AccessError | null = null;
  if (metadata.revocation_endpoint !== undefined) {
    for (const [token, hint] of [
      [tokens.refreshToken, 'refresh_token'],
      // An ID token can't be revoked: it only says who signed in.
      [tokens.issuer.tokenKind === 'id_token' ? null : tokens.accessToken, 'access_token'],
    ] as const) {
      if (token === null) continue;
      try {
        await tokenRevocation(provider.configuration, token, { token_type_hint: hint });
      } catch (error) {
        if (!isAsGoodAsRevoked(error, hint)) revocationFailure ??= stillValid(tokens, hint, error);
      }
    }
  }
  return { revocationFailure, endSessionUrl: endSessionUrl(provider, tokens) };
}

/** Success is any 2xx, whose body says nothing (RFC 7009 §2.2); a token that is unknown there is no token any more. */
function isAsGoodAsRevoked(error: unknown, hint: TokenHint): boolean {
  if (error instanceof ResponseBodyError) {
    // Self-contained access tokens often can't be revoked (RFC 7009 §2.2.1); they end soon by themselves.
    const selfContained = error.error === 'unsupported_token_type' && hint === 'access_token';
    return selfContained || error.error === 'invalid_token' || error.error === 'invalid_grant';
  }
  const status = answerOf(error)?.status ?? 0;
  return status >= 200 && status < 300;
}

function endSessionUrl({ configuration }: Provider, tokens: TokenSet): string | null {
  if (configuration.serverMetadata().end_session_endpoint === undefined || tokens.idToken === null) return null;
  return buildEndSessionUrl(configuration, { id_token_hint: tokens.idToken }).href;
}

function stillValid(tokens: TokenSet, hint: TokenHint, cause: unknown): AccessError {
  const { host } = new URL(tokens.issuer.issuer);
  const end = new Date(tokens.expiresAtMs).toISOString();
  const lasting =
    hint === 'access_token' || tokens.refreshToken === null
      ? text('failure.not-revoked.until', { end })
      : text('failure.not-revoked.open', { host, end });
  return new AccessError('not-revoked', `${whyNot(tokens, host, cause)} ${lasting}`, { cause });
}

function whyNot(tokens: TokenSet, host: string, error: unknown): string {
  const answer = answerOf(error);
  if (error instanceof ResponseBodyError || answer === null)
    return providerFailure(tokens.issuer.issuer, 'signing out', error).message;
  if (answer.status >= 500) return text('failure.sign-out-later', { host, status: String(answer.status) });
  return text('failure.sign-out-never', { host, status: String(answer.status) });
}
