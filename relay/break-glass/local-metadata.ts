import { fetch as undiciFetch, Response as UndiciResponse } from 'undici';
import type { Fetch } from '../identity/fetch-json.ts';
import type { BreakGlassKeys } from './signing-keys.ts';

/** What clients read of the relay’s own sign-in (RFC 8414 §2). */
export function breakGlassMetadata(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    scopes_supported: ['openid'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
    authorization_response_iss_parameter_supported: true,
  };
}

/** `fetch` that reads the metadata and keys of the relay’s own sign-in without leaving the process. */
export function withLocalMetadata(issuer: string, keys: BreakGlassKeys, now: () => number, other?: Fetch): Fetch {
  const fetchElsewhere = other ?? undiciFetch;
  return (async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    if (url === `${issuer}/.well-known/openid-configuration`) return json(breakGlassMetadata(issuer));
    if (url === `${issuer}/jwks`) return json({ keys: keys.published(now()) });
    return fetchElsewhere(input, init);
  }) as Fetch;
}

function json(content: object): UndiciResponse {
  return new UndiciResponse(JSON.stringify(content), { headers: { 'content-type': 'application/json' } });
}
