import type { JWK } from 'jose';
import type { DemoPerson } from './demo-people.ts';

/** What a test can change about the provider, at start or later through `reconfigure`. */
export interface IdpOptions {
  /** Value of `aud` in access tokens and the default resource; default `https://relay.example.com`. */
  readonly audience: string;
  /** `opaque` tokens can only be checked by introspection (RFC 7662). */
  readonly accessTokenFormat: 'jwt' | 'opaque';
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** Whether a refresh token is replaced on each use; reuse of an old one then ends the grant. */
  readonly rotateRefreshTokens: boolean;
  readonly par: 'on' | 'off' | 'required';
  /** `nonce`: proofs must carry the provider's nonce (RFC 9449 §8). */
  readonly dpop: 'on' | 'off' | 'nonce';
  /** Device Authorization Grant (RFC 8628). */
  readonly deviceFlow: boolean;
  /** Services that may sign themselves in (client credentials), by secret or by key. */
  readonly services: readonly {
    readonly clientId: string;
    readonly secret?: string;
    readonly publicJwk?: JWK;
    readonly groups: readonly string[];
  }[];
  readonly endSession: boolean;
  readonly revocation: boolean;
  readonly signingAlgorithm: 'ES256' | 'RS256' | 'PS256' | 'EdDSA';
  /** Replaces or (with undefined) removes members of the metadata document as published. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Redirect addresses of the desktop client. */
  readonly redirectUris: readonly string[];
  readonly people: readonly DemoPerson[];
  /** Users whom the provider refuses with `access_denied` after the password. */
  readonly deniedUsers: readonly string[];
  /** Claims put over those of an access token; undefined removes one. */
  readonly accessTokenClaims: Readonly<Record<string, unknown>>;
  /** `typ` of access tokens; RFC 9068 says `at+jwt`. */
  readonly accessTokenType: string;
  /** Kinds of sign-in (`acr`) that can be asked for; a sign-in that isn't asked for one is of the first kind. */
  readonly acrs: readonly string[];
  /** How long ago a sign-in at the page is said to have been (`auth_time`), as if a session of that age were used. */
  readonly signedInSecondsAgo: number;
  /** Binds the app's tokens to the certificate that it shows (RFC 8705); needs TLS with an authority of clients. */
  readonly certificateBound: boolean;
  /** DNS names of certificates by which the app's and the relay's client are known (`tls_client_auth`, RFC 8705 §2.1). */
  readonly certificateNames: { readonly desktop?: string; readonly relay?: string };
  /** Where logout tokens go (OpenID Connect Back-Channel Logout 1.0), and whether tokens name the session (`sid`). */
  readonly backchannelLogout: { readonly uri: string; readonly ca: string; readonly withSession: boolean } | null;
  /** Origin of the operators' console, whose client is `causeway-console`; null for none. */
  readonly consoleOrigin: string | null;
  /** How far the provider's clock is ahead of the real one in access tokens, in milliseconds. */
  readonly clockOffsetMs: number;
}

/** How often each endpoint was asked, since the start or the last `resetCounts()`. */
export interface IdpCounts {
  discovery: number;
  jwks: number;
  par: number;
  authorization: number;
  /** All token requests, whatever came of them. */
  token: number;
  /** Code exchanges that gave tokens. */
  codeExchanges: number;
  /** Refreshes that gave tokens. */
  refreshes: number;
  /** Refreshes that were refused. */
  refusedRefreshes: number;
  revocation: number;
  introspection: number;
  endSession: number;
}

/** All counters at zero. */
export function noCounts(): IdpCounts {
  return {
    discovery: 0,
    jwks: 0,
    par: 0,
    authorization: 0,
    token: 0,
    codeExchanges: 0,
    refreshes: 0,
    refusedRefreshes: 0,
    revocation: 0,
    introspection: 0,
    endSession: 0,
  };
}
