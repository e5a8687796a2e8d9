import { promisify } from 'node:util';
import type { Element } from '@xmldom/xmldom';
import { decrypt, type DecryptOptions } from 'xml-encryption';
import { quoted } from '../identity/refuse.ts';
import { type AssertionExpectation, checkAssertion, checkIssuer, type SamlSubject } from './check-assertion.ts';
import { checkStructure } from './check-structure.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import { samlRefusal } from './saml-refusal.ts';
import { createSamlClient, type ServiceProvider } from './service-provider.ts';
import { childrenOf, onlyChild, parseStrictXml, samlNamespaces as ns, textOf, xmlOf } from './strict-xml.ts';

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const decryptXml = promisify<string, DecryptOptions, string>(decrypt);

/**
 * Checks a SAML response whole: shape, algorithms, decryption, signatures, and all that the assertion says. What it
 * returns comes only from what the signature covers.
 * @throws AccessError `token-rejected`; `sign-in-denied` when the provider itself says no
 */
export async function readResponse(
  xml: string,
  sp: ServiceProvider,
  idp: IdpMetadata,
  requestId: string,
  nowMs: number,
): Promise<SamlSubject> {
  const response = checkStructure(parseStrictXml(xml, 'The SAML response'), 'Response');
  if (!response.hasAttribute('InResponseTo'))
    throw samlRefusal('The sign-in was begun at the sign-in service. Begin it in Causeway: only answers are accepted.');
  if (response.getAttribute('InResponseTo') !== requestId) throw samlRefusal('The response answers another request.');
  if (response.getAttribute('Version') !== '2.0') throw samlRefusal('The response isn’t SAML 2.0.');
  const destination = response.getAttribute('Destination');
  if (destination !== null && destination !== sp.consumerUrl)
    throw samlRefusal(`The response is for destination ${quoted(destination)}, not ${sp.consumerUrl}.`);
  const issuer = onlyChild(response, ns.assertion, 'Issuer');
  if (issuer !== undefined) checkIssuer(issuer, idp.entityId, 'response');
  checkStatus(response);
  await checkAssertionForm(response, sp);

  const client = createSamlClient(sp, idp);
  let verified: string | undefined;
  try {
    const { profile } = await client.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString('base64') });
    verified = profile?.getAssertionXml?.();
  } catch (error) {
    throw refusalOf(error);
  }
  if (verified === undefined) throw samlRefusal('The response holds no signed assertion.');
  const expected: AssertionExpectation = {
    idpEntityId: idp.entityId,
    audience: sp.entityId,
    recipient: sp.consumerUrl,
    requestId,
    nowMs,
    leewayMs: sp.config.clock_leeway_seconds * 1000,
  };
  return checkAssertion(checkStructure(parseStrictXml(verified, 'The assertion'), 'Assertion'), expected);
}

function checkStatus(response: Element): void {
  const status = onlyChild(response, ns.protocol, 'Status');
  const code = status && onlyChild(status, ns.protocol, 'StatusCode');
  const value = code?.getAttribute('Value');
  if (status !== undefined && value === success) return;
  const message = status && onlyChild(status, ns.protocol, 'StatusMessage');
  const inner = code && onlyChild(code, ns.protocol, 'StatusCode')?.getAttribute('Value');
  const words = [inner ?? value ?? 'no status', ...(message === undefined ? [] : [textOf(message)])].map(quoted);
  throw samlRefusal(`The sign-in service refused the sign-in: ${words.join(', ')}.`);
}

/** The assertion, after decryption if need be, must itself have the right shape and allowed algorithms. */
async function checkAssertionForm(response: Element, sp: ServiceProvider): Promise<void> {
  const [encrypted] = childrenOf(response, ns.assertion, 'EncryptedAssertion');
  if (encrypted === undefined) {
    const [assertion] = childrenOf(response, ns.assertion, 'Assertion');
    if (assertion === undefined) throw samlRefusal('The response holds no assertion.');
    if (sp.config.require_encrypted_assertions) throw samlRefusal('The assertion isn’t encrypted, which is required.');
    if (childrenOf(assertion, ns.signature, 'Signature').length !== 1) throw samlRefusal('The assertion isn’t signed.');
    return;
  }
  if (sp.encryption === undefined)
    throw samlRefusal('The assertion is encrypted, but the relay has no key for that. Set “encryption” under “saml”.');
  try {
    const xml = await decryptXml(xmlOf(encrypted), {
      key: sp.encryption.key,
      disallowDecryptionWithInsecureAlgorithm: true,
    });
    const assertion = checkStructure(parseStrictXml(xml, 'The encrypted assertion'), 'Assertion');
    if (childrenOf(assertion, ns.signature, 'Signature').length !== 1) throw samlRefusal('The assertion isn’t signed.');
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * One text for all failures of keys and of what was decrypted, so that nobody can learn about the plain text by trying
 * (padding oracles). The cause is for the log.
 */
function refusalOf(error: unknown): Error {
  return samlRefusal('The response isn’t signed, or not encrypted, as the relay demands.', error);
}
