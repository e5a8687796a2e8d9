import { randomUUID } from 'node:crypto';

/** All that a response says; what a test changes is wrong in exactly that. */
export interface ResponseContent {
  readonly idp: string;
  readonly assertionIssuer: string;
  readonly audience: string | null;
  readonly recipient: string;
  readonly destination: string | null;
  readonly inResponseTo: string | null;
  readonly confirmationInResponseTo: string | null;
  readonly status: string;
  readonly assertionId: string;
  readonly nameId: string;
  readonly nameIdFormat: string;
  readonly sessionIndex: string;
  readonly issuedAtMs: number;
  readonly notBeforeMs: number;
  readonly notOnOrAfterMs: number;
  readonly authnInstantMs: number;
  readonly sessionNotOnOrAfterMs: number | null;
  readonly authnContext: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Put before the response, such as a document type. */
  readonly prologue: string;
  readonly conditions: boolean;
}

export const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
export const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';

/** What a well-behaved provider says of Alice. */
export function goodContent(given: {
  readonly idp: string;
  readonly audience: string;
  readonly recipient: string;
  readonly requestId: string;
  readonly nowMs?: number;
}): ResponseContent {
  const nowMs = given.nowMs ?? Date.now();
  return {
    idp: given.idp,
    assertionIssuer: given.idp,
    audience: given.audience,
    recipient: given.recipient,
    destination: given.recipient,
    inResponseTo: given.requestId,
    confirmationInResponseTo: given.requestId,
    status: success,
    assertionId: `_a${randomUUID()}`,
    nameId: 'p-4711',
    nameIdFormat: persistent,
    sessionIndex: `_s${randomUUID()}`,
    issuedAtMs: nowMs,
    notBeforeMs: nowMs - 1000,
    notOnOrAfterMs: nowMs + 300_000,
    authnInstantMs: nowMs,
    sessionNotOnOrAfterMs: null,
    authnContext: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    attributes: {
      uid: ['alice'],
      mail: ['alice@example.com'],
      displayName: ['Alice Moreau'],
      groups: ['developers', 'sre'],
    },
    prologue: '',
    conditions: true,
  };
}

const at = (ms: number): string => new Date(ms).toISOString();
const optional = (name: string, value: string | null): string => (value === null ? '' : ` ${name}="${value}"`);

/** The unsigned response. Texts go in as they are, so that tests can put markup into them. */
export function responseXml(content: ResponseContent): string {
  const attributes = Object.entries(content.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">${values
        .map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`)
        .join('')}</saml:Attribute>`,
  );
  const audience =
    content.audience === null
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${content.audience}</saml:Audience></saml:AudienceRestriction>`;
  const conditions = content.conditions
    ? `<saml:Conditions NotBefore="${at(content.notBeforeMs)}" NotOnOrAfter="${at(content.notOnOrAfterMs)}">${audience}</saml:Conditions>`
    : '';
  const sessionEnd = content.sessionNotOnOrAfterMs === null ? null : at(content.sessionNotOnOrAfterMs);
  return `${content.prologue}<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r${randomUUID()}" Version="2.0" IssueInstant="${at(content.issuedAtMs)}"${optional('Destination', content.destination)}${optional('InResponseTo', content.inResponseTo)}><saml:Issuer>${content.idp}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${content.status}"/></samlp:Status><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${content.assertionId}" Version="2.0" IssueInstant="${at(content.issuedAtMs)}"><saml:Issuer>${content.assertionIssuer}</saml:Issuer><saml:Subject><saml:NameID Format="${content.nameIdFormat}">${content.nameId}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(content.notOnOrAfterMs)}" Recipient="${content.recipient}"${optional('InResponseTo', content.confirmationInResponseTo)}/></saml:SubjectConfirmation></saml:Subject>${conditions}<saml:AuthnStatement AuthnInstant="${at(content.authnInstantMs)}" SessionIndex="${content.sessionIndex}"${optional('SessionNotOnOrAfter', sessionEnd)}><saml:AuthnContext><saml:AuthnContextClassRef>${content.authnContext}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;
}
