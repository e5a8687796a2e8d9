import * as validator from '@authenio/samlify-node-xmllint';
import samlify from 'samlify';
import type { KeyPair } from './saml-certificates.ts';
import { type ResponseContent, responseXml } from './response-template.ts';

const { IdentityProvider, ServiceProvider, setSchemaValidator } = samlify;
setSchemaValidator(validator);

export type SamlifyIdp = ReturnType<typeof IdentityProvider>;
export type SamlifySp = ReturnType<typeof ServiceProvider>;

/** How a provider made with `samlify` signs and encrypts. */
export interface SignerOptions {
  readonly entityId: string;
  readonly signing: KeyPair;
  readonly signInUrl?: string;
  readonly signOutUrl?: string;
  readonly signatureAlgorithm?: string;
  readonly encrypt?: boolean;
}

const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

/** An identity provider by `samlify`, a SAML library that shares nothing but XML signatures with the relay’s. */
export function samlifyIdp(options: SignerOptions): SamlifyIdp {
  const { signInUrl = `${options.entityId}/sso`, signOutUrl } = options;
  return IdentityProvider({
    entityID: options.entityId,
    privateKey: options.signing.key,
    signingCert: options.signing.cert,
    requestSignatureAlgorithm: options.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    wantAuthnRequestsSigned: true,
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
    isAssertionEncrypted: options.encrypt ?? false,
    nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    singleSignOnService: [
      { Binding: redirect, Location: signInUrl },
      { Binding: post, Location: signInUrl },
    ],
    ...(signOutUrl === undefined
      ? {}
      : {
          singleLogoutService: [
            { Binding: redirect, Location: signOutUrl },
            { Binding: post, Location: signOutUrl },
          ],
        }),
  });
}

/** The relay as the provider sees it: from the metadata that the relay publishes. */
export function samlifySp(metadata: string, options: { readonly signResponse?: boolean } = {}): SamlifySp {
  return ServiceProvider({
    metadata,
    wantMessageSigned: options.signResponse ?? false,
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
  });
}

/** A response with that content, signed and encrypted as the provider does; base64 as it is posted. */
export async function signedResponse(idp: SamlifyIdp, sp: SamlifySp, content: ResponseContent): Promise<string> {
  const { context } = await idp.createLoginResponse(sp, { extract: {} }, 'post', {}, () => ({
    id: content.assertionId,
    context: responseXml(content),
  }));
  return context;
}

/** Changes the XML of a posted message after it was signed. */
export function tampered(encoded: string, change: (xml: string) => string): string {
  return Buffer.from(change(Buffer.from(encoded, 'base64').toString('utf8'))).toString('base64');
}
