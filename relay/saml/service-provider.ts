import { type CacheProvider, generateServiceProviderMetadata, SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import type { SamlConfig } from '../config/saml-schema.ts';
import type { IdpMetadata } from './idp-metadata.ts';

/** Key and certificate in PEM form. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** This relay as a SAML service provider, with the files that its config names read. */
export interface ServiceProvider {
  readonly config: SamlConfig;
  readonly entityId: string;
  /** Assertion consumer, by HTTP-POST. */
  readonly consumerUrl: string;
  /** Single logout, by HTTP-Redirect and HTTP-POST. */
  readonly logoutUrl: string;
  readonly signing: KeyAndCertificate;
  readonly encryption: KeyAndCertificate | undefined;
}

export interface SamlClientOptions {
  readonly requestId?: string;
  readonly forceAuthn?: boolean;
  readonly authnContext?: readonly string[];
  /** Where a logout message goes. */
  readonly logoutUrl?: string;
}

/** The bridge keeps the IDs of requests itself. */
const noRequestIds: CacheProvider = {
  saveAsync: () => Promise.resolve(null),
  getAsync: () => Promise.resolve(null),
  removeAsync: () => Promise.resolve(null),
};

/** A node-saml client for one message: it makes and signs ours, and verifies and decrypts the provider’s. */
export function createSamlClient(sp: ServiceProvider, idp: IdpMetadata, options: SamlClientOptions = {}): SAML {
  const { requestId } = options;
  const contexts = options.authnContext ?? sp.config.authn_context;
  return new SAML({
    issuer: sp.entityId,
    // Times, audience and request are checked by `checkAssertion`, which can say what is wrong.
    audience: false,
    callbackUrl: sp.consumerUrl,
    entryPoint: idp.signIn.url,
    logoutUrl: options.logoutUrl ?? idp.signOut?.url ?? idp.signIn.url,
    idpIssuer: idp.entityId,
    idpCert: [...idp.certificates],
    privateKey: sp.signing.key,
    publicCert: sp.signing.cert,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    ...(sp.encryption === undefined ? {} : { decryptionPvk: sp.encryption.key }),
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: sp.config.require_signed_responses,
    validateInResponseTo: ValidateInResponseTo.never,
    cacheProvider: noRequestIds,
    ...(requestId === undefined ? {} : { generateUniqueId: () => requestId }),
    acceptedClockSkewMs: -1,
    identifierFormat: null,
    forceAuthn: options.forceAuthn ?? false,
    disableRequestedAuthnContext: contexts.length === 0,
    authnContext: [...contexts],
    skipRequestCompression: idp.signIn.binding === 'post' && options.logoutUrl === undefined,
  });
}

/** The relay’s own metadata (SAML metadata §2.4.4), to be given to the identity provider. */
export function serviceProviderMetadata(sp: ServiceProvider): string {
  const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
  const metadata = generateServiceProviderMetadata({
    issuer: sp.entityId,
    callbackUrl: sp.consumerUrl,
    ...(sp.config.single_logout ? { logoutCallbackUrl: sp.logoutUrl } : {}),
    privateKey: sp.signing.key,
    publicCerts: sp.signing.cert,
    ...(sp.encryption === undefined ? {} : { decryptionPvk: sp.encryption.key, decryptionCert: sp.encryption.cert }),
    identifierFormat: null,
    wantAssertionsSigned: true,
    generateUniqueId: () => '_causeway',
  });
  // The library announces one binding for sign-out; browsers bring both.
  return metadata.replace(
    `<SingleLogoutService Binding="${post}"`,
    (found) => `${found.replace(post, post.replace('POST', 'Redirect'))} Location="${sp.logoutUrl}"/>\n    ${found}`,
  );
}
