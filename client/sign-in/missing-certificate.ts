import { AccessError } from '../../shared/errors.ts';
import type { HttpClient } from '../network/http-client.ts';
import type { Provider } from '../provider/discover-provider.ts';
import { text } from '../../shared/messages/text.ts';

const refusals = new Set(['sign-in-failed', 'idp-misconfigured']);

/**
 * Completes a provider's refusal when it may be about the certificate that this computer hasn't shown (RFC 8705):
 * providers seldom say so themselves. Any other failure stays as it is.
 */
export function withMissingCertificate(failure: unknown, provider: Provider, http: HttpClient): unknown {
  if (!(failure instanceof AccessError) || !refusals.has(failure.code) || http.presentsCertificate === true)
    return failure;
  const metadata = provider.configuration.serverMetadata();
  const knowsCertificates =
    metadata.tls_client_certificate_bound_access_tokens === true || metadata.mtls_endpoint_aliases !== undefined;
  if (!knowsCertificates) return failure;
  return new AccessError(failure.code, `${failure.message} ${text('failure.no-certificate')}`, { cause: failure });
}
