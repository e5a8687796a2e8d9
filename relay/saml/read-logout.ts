import type { Element } from '@xmldom/xmldom';
import { promisify } from 'node:util';
import { decrypt, type DecryptOptions } from 'xml-encryption';
import { quoted } from '../identity/refuse.ts';
import { logoutBounds } from './bound-xml.ts';
import { checkIssuer, instant } from './check-assertion.ts';
import { checkStructure } from './check-structure.ts';
import { decodePosted, decodeRedirected } from './decode-message.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import { verifyRedirect } from './redirect-signature.ts';
import { samlRefusal } from './saml-refusal.ts';
import { createSamlClient, type ServiceProvider } from './service-provider.ts';
import { childrenOf, onlyChild, parseStrictXml, samlNamespaces as ns, textOf, xmlOf } from './strict-xml.ts';

/** A verified message of single logout (SAML profiles §4.4). */
export type LogoutMessage =
  | {
      readonly type: 'request';
      readonly id: string;
      readonly nameId: string;
      /** Only these sessions; none means all of that person. */
      readonly sessionIndexes: readonly string[];
      /** How long the message could be presented, milliseconds since the epoch. */
      readonly usableUntilMs: number;
      readonly relayState: string | undefined;
    }
  | { readonly type: 'response'; readonly inResponseTo: string };

export type LogoutInput =
  | { readonly binding: 'redirect'; readonly query: string }
  /** The form as it was posted. */
  | { readonly binding: 'post'; readonly form: string };

const decryptXml = promisify<string, DecryptOptions, string>(decrypt);
const maxAgeMs = 5 * 60_000;

/** Verifies and reads a logout message of the identity provider. @throws AccessError `token-rejected` */
export async function readLogout(
  input: LogoutInput,
  sp: ServiceProvider,
  idp: IdpMetadata,
  nowMs: number,
): Promise<LogoutMessage> {
  const { type, xml, relayState } =
    input.binding === 'redirect' ? openRedirected(input.query, idp) : openPosted(new URLSearchParams(input.form));
  const isRequest = type === 'SAMLRequest';
  const root = checkStructure(
    parseStrictXml(xml, 'The logout message', { bounds: logoutBounds }),
    isRequest ? 'LogoutRequest' : 'LogoutResponse',
  );
  if (input.binding === 'post') await verifyPosted(root, xml, sp, idp);

  const destination = root.getAttribute('Destination');
  if (destination !== sp.logoutUrl)
    throw samlRefusal(`The logout message is for ${quoted(destination ?? undefined)}, not for ${sp.logoutUrl}.`);
  checkIssuer(onlyChild(root, ns.assertion, 'Issuer'), idp.entityId, 'logout message');
  const leewayMs = sp.config.clock_leeway_seconds * 1000;
  const issuedAtMs = instant(root, 'IssueInstant');
  if (issuedAtMs === undefined || issuedAtMs > nowMs + leewayMs || issuedAtMs + maxAgeMs + leewayMs < nowMs)
    throw samlRefusal('The logout message isn’t of now.');
  if (!isRequest) return { type: 'response', inResponseTo: root.getAttribute('InResponseTo') ?? '' };

  const endsAtMs = instant(root, 'NotOnOrAfter');
  if (endsAtMs !== undefined && endsAtMs + leewayMs <= nowMs) throw samlRefusal('The logout request has ended.');
  const id = root.getAttribute('ID') ?? '';
  if (id === '') throw samlRefusal('The logout request has no ID.');
  return {
    type: 'request',
    id,
    nameId: await readNameId(root, sp),
    sessionIndexes: childrenOf(root, ns.protocol, 'SessionIndex').map(textOf),
    usableUntilMs: issuedAtMs + maxAgeMs + 2 * leewayMs,
    relayState,
  };
}

interface Opened {
  readonly type: 'SAMLRequest' | 'SAMLResponse';
  readonly xml: string;
  readonly relayState: string | undefined;
}

function openRedirected(query: string, idp: IdpMetadata): Opened {
  const { type, encoded, relayState } = verifyRedirect(query, idp.certificates);
  return { type, xml: decodeRedirected(encoded), relayState };
}

function openPosted(form: URLSearchParams): Opened {
  const requests = form.getAll('SAMLRequest');
  const responses = form.getAll('SAMLResponse');
  const [encoded] = [...requests, ...responses];
  if (encoded === undefined || requests.length + responses.length !== 1)
    throw samlRefusal('The message is neither one request nor one response.');
  return {
    type: requests.length === 1 ? 'SAMLRequest' : 'SAMLResponse',
    xml: decodePosted(encoded),
    relayState: form.get('RelayState') ?? undefined,
  };
}

/** The signature of a posted message covers its root; `checkStructure` has made sure that there is no other. */
async function verifyPosted(root: Element, xml: string, sp: ServiceProvider, idp: IdpMetadata): Promise<void> {
  if (childrenOf(root, ns.signature, 'Signature').length !== 1) throw samlRefusal('The logout message isn’t signed.');
  const client = createSamlClient(sp, idp);
  const encoded = Buffer.from(xml).toString('base64');
  try {
    if (root.localName === 'LogoutRequest') await client.validatePostRequestAsync({ SAMLRequest: encoded });
    else
      await createSamlClient(
        { ...sp, config: { ...sp.config, require_signed_responses: true } },
        idp,
      ).validatePostResponseAsync({ SAMLResponse: encoded });
  } catch (error) {
    throw samlRefusal('The logout message isn’t signed by the sign-in service.', error);
  }
}

async function readNameId(root: Element, sp: ServiceProvider): Promise<string> {
  const plain = onlyChild(root, ns.assertion, 'NameID');
  const encrypted = onlyChild(root, ns.assertion, 'EncryptedID');
  if (plain !== undefined && encrypted === undefined) return textOf(plain);
  if (plain !== undefined || encrypted === undefined || sp.encryption === undefined)
    throw samlRefusal('The logout request names nobody that the relay can read.');
  let xml: string;
  try {
    xml = await decryptXml(xmlOf(encrypted), {
      key: sp.encryption.key,
      disallowDecryptionWithInsecureAlgorithm: true,
    });
  } catch (error) {
    throw samlRefusal('The logout request names nobody that the relay can read.', error);
  }
  const element = parseStrictXml(xml, 'The encrypted NameID').documentElement;
  if (element === null || element.localName !== 'NameID' || element.namespaceURI !== ns.assertion)
    throw samlRefusal('The logout request names nobody that the relay can read.');
  return textOf(element);
}
