import { samlRefusal } from './saml-refusal.ts';

/** No request of an app has nearly as many (OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2). */
const maxParameters = 64;

/**
 * Refuses a query of very many parameters before the provider’s framework reads it, which takes the square of their
 * number in time and holds everybody else up meanwhile.
 * @throws AccessError `token-rejected`
 */
export function boundParameters(query: string): void {
  let count = 1;
  for (let at = query.indexOf('&'); at >= 0; at = query.indexOf('&', at + 1)) {
    count += 1;
    if (count > maxParameters) throw samlRefusal('The address has more parameters than any request of an app.');
  }
}
