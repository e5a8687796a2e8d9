import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretPost,
  clockTolerance,
  type Configuration,
  customFetch,
  type CustomFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client';
import { z } from 'zod';
import type { DiscoveryIssuer } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { HttpClient } from '../network/http-client.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { providerFailure } from './provider-failure.ts';
import { text } from '../../shared/messages/text.ts';

/** Proof-key algorithms that the client can sign with, best first. */
const proofAlgorithms = ['ES256', 'Ed25519', 'EdDSA', 'PS256', 'RS256'] as const;
export type ProofAlgorithm = (typeof proofAlgorithms)[number];

/** A provider whose metadata has been read and checked, and what of it this sign-in uses. */
export interface Provider {
  readonly issuer: string;
  readonly configuration: Configuration;
  readonly pushesRequests: boolean;
  /** Algorithm of DPoP proofs; null for bearer tokens. */
  readonly proofAlgorithm: ProofAlgorithm | null;
  /** Whether a callback without `iss` is refused (RFC 9207 §2.4). */
  readonly callbackCarriesIss: boolean;
}

function asCustomFetch(http: HttpClient): CustomFetch {
  return async (url, options) =>
    (await http.fetch(url, {
      method: options.method,
      headers: options.headers,
      redirect: options.redirect,
      ...(options.body === undefined ? {} : { body: options.body as string | URLSearchParams | Uint8Array }),
      ...(options.signal ? { signal: options.signal } : {}),
    })) as unknown as Response;
}

/** With a client certificate, the addresses at which the provider asks for one are used (RFC 8705 §5). */
function metadataOf(http: HttpClient): Parameters<typeof discovery>[2] {
  return { [clockTolerance]: 60, ...(http.presentsCertificate ? { use_mtls_endpoint_aliases: true } : {}) };
}

/** The app is a public client; some providers give it a secret all the same, which everybody can read. */
function publicClientAuth({ clientSecret }: DiscoveryIssuer): ClientAuth {
  return clientSecret === undefined ? None() : ClientSecretPost(clientSecret);
}

/** What of the metadata is used here beyond the library's own checks (RFC 8414 §2). */
const usedMetadataSchema = z.object({
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string().optional(),
  pushed_authorization_request_endpoint: z.string().optional(),
  device_authorization_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  end_session_endpoint: z.string().optional(),
  mtls_endpoint_aliases: z.record(z.string(), z.string()).optional(),
  code_challenge_methods_supported: z.array(z.string()).optional(),
  dpop_signing_alg_values_supported: z.array(z.string()).optional(),
});

/**
 * Reads the provider's metadata and refuses one that names another issuer, lacks PKCE S256, or can't do what the
 * relay demands.
 * @throws AccessError `idp-unreachable`, `issuer-mismatch` or `idp-misconfigured`
 */
export async function discoverProvider(
  issuer: DiscoveryIssuer,
  http: HttpClient,
  clientAuth: ClientAuth = publicClientAuth(issuer),
): Promise<Provider> {
  const url = new URL(issuer.issuer);
  const plainHttp = url.protocol === 'http:';
  if (plainHttp && !isLoopbackHost(url.hostname)) {
    throw new AccessError('idp-misconfigured', text('failure.issuer-http', { host: url.host }));
  }
  let configuration: Configuration;
  try {
    configuration = await discovery(url, issuer.clientId, metadataOf(http), clientAuth, {
      [customFetch]: asCustomFetch(http),
      execute: plainHttp ? [allowInsecureRequests, enableNonRepudiationChecks] : [enableNonRepudiationChecks],
      timeout: 15,
    });
  } catch (error) {
    throw providerFailure(issuer.issuer, 'reading its settings', error);
  }
  const metadata = configuration.serverMetadata();
  if (metadata.issuer !== issuer.issuer) {
    throw new AccessError(
      'issuer-mismatch',
      text('failure.issuer-other', { wanted: issuer.issuer, found: shownText(metadata.issuer) }),
    );
  }
  const shape = usedMetadataSchema.safeParse(metadata);
  if (!shape.success) {
    const name = shape.error.issues[0]?.path[0] ?? text('failure.its-settings');
    throw new AccessError('idp-misconfigured', text('failure.issuer-form', { host: url.host, name: String(name) }));
  }
  const endpoints = [
    metadata.authorization_endpoint,
    metadata.token_endpoint,
    metadata.pushed_authorization_request_endpoint,
    metadata.device_authorization_endpoint,
    metadata.revocation_endpoint,
    metadata.end_session_endpoint,
    ...Object.values(metadata.mtls_endpoint_aliases ?? {}),
  ];
  if (!metadata.authorization_endpoint || !metadata.token_endpoint) {
    throw new AccessError('idp-misconfigured', text('failure.issuer-endpoints', { host: url.host }));
  }
  for (const endpoint of endpoints) {
    const parsed = endpoint === undefined ? undefined : URL.parse(endpoint);
    if (parsed === undefined) continue;
    const secure = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopbackHost(parsed.hostname));
    if (!secure)
      throw new AccessError(
        'idp-misconfigured',
        text('failure.issuer-plain', { host: url.host, endpoint: shownText(endpoint ?? '') }),
      );
  }
  const methods = metadata.code_challenge_methods_supported;
  // Several large providers support S256 without saying so; one that lists methods must list it.
  if (methods !== undefined && !methods.includes('S256')) {
    throw new AccessError(
      'idp-misconfigured',
      text('failure.issuer-pkce', { host: url.host, methods: shownText(methods.join(', ')) }),
    );
  }
  const offered = metadata.dpop_signing_alg_values_supported;
  const proofAlgorithm = proofAlgorithms.find((algorithm) => offered?.includes(algorithm)) ?? null;
  if (issuer.dpop === 'required' && proofAlgorithm === null) {
    throw new AccessError('idp-misconfigured', text('failure.issuer-dpop', { host: url.host }));
  }
  return {
    issuer: issuer.issuer,
    configuration,
    pushesRequests: metadata.pushed_authorization_request_endpoint !== undefined,
    proofAlgorithm: issuer.dpop === 'off' ? null : proofAlgorithm,
    callbackCarriesIss: metadata.authorization_response_iss_parameter_supported === true,
  };
}
