import type { Element } from '@xmldom/xmldom';
import { quoted } from '../identity/refuse.ts';
import { samlRefusal } from './saml-refusal.ts';
import { childrenOf, onlyChild, samlNamespaces as ns, textOf } from './strict-xml.ts';

/** What an assertion must agree with. */
export interface AssertionExpectation {
  readonly idpEntityId: string;
  /** This relay's entity id: the audience. */
  readonly audience: string;
  /** Address of the assertion consumer: the recipient. */
  readonly recipient: string;
  /** ID of the request that is answered. */
  readonly requestId: string;
  readonly nowMs: number;
  readonly leewayMs: number;
}

/** A person whom the provider vouches for. */
export interface SamlSubject {
  readonly assertionId: string;
  readonly nameId: string;
  readonly nameIdFormat: string | undefined;
  readonly nameQualifier: string | undefined;
  readonly spNameQualifier: string | undefined;
  readonly sessionIndex: string | undefined;
  /** When the person gave the password or the like (AuthnInstant), in milliseconds. */
  readonly authenticatedAtMs: number;
  /** The provider's bound on the session, in milliseconds. */
  readonly sessionEndsAtMs: number | undefined;
  readonly authnContext: string | undefined;
  /** Until when the assertion could be presented, in milliseconds: so long its ID is remembered. */
  readonly usableUntilMs: number;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const maxTextLength = 1024;
const maxValues = 5000;

/**
 * Checks the content of an assertion whose signature has been verified (SAML core §2, profiles §4.1.4.2–3). Pure.
 * @throws AccessError `token-rejected`
 */
export function checkAssertion(assertion: Element, expected: AssertionExpectation): SamlSubject {
  const assertionId = assertion.getAttribute('ID') ?? '';
  if (assertionId === '') throw samlRefusal('The assertion has no ID.');
  if (assertion.getAttribute('Version') !== '2.0') throw samlRefusal('The assertion isn’t SAML 2.0.');
  const issuer = onlyChild(assertion, ns.assertion, 'Issuer');
  checkIssuer(issuer, expected.idpEntityId, 'assertion');
  const issuedAtMs = instant(assertion, 'IssueInstant') ?? Number.NaN;
  if (!(issuedAtMs <= expected.nowMs + expected.leewayMs)) throw samlRefusal('The assertion is from the future.');
  checkConditions(onlyChild(assertion, ns.assertion, 'Conditions'), expected);

  const subject = onlyChild(assertion, ns.assertion, 'Subject');
  if (subject === undefined) throw samlRefusal('The assertion says nothing about a person (no Subject).');
  const usableUntilMs = checkConfirmations(subject, expected);
  const nameId = onlyChild(subject, ns.assertion, 'NameID');
  if (nameId === undefined) throw samlRefusal('The assertion’s Subject has no NameID.');
  const statement = onlyChild(assertion, ns.assertion, 'AuthnStatement');
  const authenticatedAtMs = statement && instant(statement, 'AuthnInstant');
  if (statement === undefined || authenticatedAtMs === undefined)
    throw samlRefusal('The assertion doesn’t say that the person signed in (no AuthnStatement).');
  if (authenticatedAtMs > expected.nowMs + expected.leewayMs)
    throw samlRefusal('The assertion says that the person signed in in the future.');
  const sessionEndsAtMs = instant(statement, 'SessionNotOnOrAfter');
  if (sessionEndsAtMs !== undefined && sessionEndsAtMs + expected.leewayMs <= expected.nowMs)
    throw samlRefusal('The person’s session at the sign-in service has ended.');
  const context = onlyChild(statement, ns.assertion, 'AuthnContext');
  const contextClass = context && onlyChild(context, ns.assertion, 'AuthnContextClassRef');
  return {
    assertionId,
    nameId: shortText(nameId),
    nameIdFormat: nameId.getAttribute('Format') ?? undefined,
    nameQualifier: nameId.getAttribute('NameQualifier') ?? undefined,
    spNameQualifier: nameId.getAttribute('SPNameQualifier') ?? undefined,
    sessionIndex: statement.getAttribute('SessionIndex') ?? undefined,
    authenticatedAtMs,
    sessionEndsAtMs,
    authnContext: contextClass === undefined ? undefined : shortText(contextClass),
    usableUntilMs,
    attributes: readAttributes(assertion),
  };
}

/** @throws AccessError when the issuer isn't the configured provider */
export function checkIssuer(issuer: Element | undefined, entityId: string, what: string): void {
  const named = issuer === undefined ? undefined : textOf(issuer);
  if (named !== entityId) throw samlRefusal(`The ${what} comes from ${quoted(named)}, not from ${quoted(entityId)}.`);
}

function checkConditions(conditions: Element | undefined, expected: AssertionExpectation): void {
  if (conditions === undefined) throw samlRefusal('The assertion has no Conditions.');
  checkWindow(conditions, expected, 'assertion');
  const restrictions = childrenOf(conditions, ns.assertion, 'AudienceRestriction');
  if (restrictions.length === 0) throw samlRefusal('The assertion names no audience.');
  for (const restriction of restrictions) {
    const audiences = childrenOf(restriction, ns.assertion, 'Audience').map(textOf);
    if (!audiences.includes(expected.audience))
      throw samlRefusal(`The assertion is meant for ${quoted(audiences[0])}, not for ${quoted(expected.audience)}.`);
  }
}

/** At least one bearer confirmation must be for this request and this address (profiles §4.1.4.3). */
function checkConfirmations(subject: Element, expected: AssertionExpectation): number {
  const problems: string[] = [];
  for (const confirmation of childrenOf(subject, ns.assertion, 'SubjectConfirmation')) {
    if (confirmation.getAttribute('Method') !== bearer) continue;
    const data = onlyChild(confirmation, ns.assertion, 'SubjectConfirmationData');
    const endsAtMs = data && instant(data, 'NotOnOrAfter');
    if (data === undefined || endsAtMs === undefined) problems.push('has no NotOnOrAfter');
    else if (data.getAttribute('Recipient') !== expected.recipient)
      problems.push(
        `is for recipient ${quoted(data.getAttribute('Recipient') ?? undefined)}, not ${expected.recipient}`,
      );
    else if (data.getAttribute('InResponseTo') !== expected.requestId) problems.push('answers another request');
    else if (data.hasAttribute('NotBefore')) problems.push('has a NotBefore, which isn’t allowed there');
    else if (endsAtMs + expected.leewayMs <= expected.nowMs) problems.push(ended(endsAtMs, expected.nowMs));
    else return endsAtMs + expected.leewayMs;
  }
  throw samlRefusal(`The assertion’s confirmation ${problems[0] ?? 'of type bearer is missing'}.`);
}

function checkWindow(element: Element, { nowMs, leewayMs }: AssertionExpectation, what: string): void {
  const startsAtMs = instant(element, 'NotBefore');
  const endsAtMs = instant(element, 'NotOnOrAfter');
  if (startsAtMs !== undefined && startsAtMs > nowMs + leewayMs)
    throw samlRefusal(
      `The ${what} isn’t valid yet: it begins ${Math.ceil((startsAtMs - nowMs) / 1000)} s after the relay’s clock, which ` +
        `reads ${new Date(nowMs).toISOString()}.`,
    );
  if (endsAtMs !== undefined && endsAtMs + leewayMs <= nowMs)
    throw samlRefusal(`The ${what} ${ended(endsAtMs, nowMs)}.`);
}

function ended(endsAtMs: number, nowMs: number): string {
  return `ended ${Math.floor((nowMs - endsAtMs) / 1000)} s ago by the relay’s clock, which reads ${new Date(nowMs).toISOString()}`;
}

function readAttributes(assertion: Element): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const statement of childrenOf(assertion, ns.assertion, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, ns.assertion, 'Attribute')) {
      const name = attribute.getAttribute('Name') ?? '';
      const values = childrenOf(attribute, ns.assertion, 'AttributeValue')
        .map(shortText)
        .filter((value) => value !== '');
      const all = [...(found.get(name) ?? []), ...values];
      if (all.length > maxValues) throw samlRefusal(`Attribute ${quoted(name)} has more than ${maxValues} values.`);
      if (name !== '' && all.length > 0) found.set(name, all);
    }
  }
  return found;
}

function shortText(element: Element): string {
  const text = textOf(element);
  if (text.length > maxTextLength)
    throw samlRefusal(`${element.localName} is longer than ${maxTextLength} characters.`);
  return text;
}

/** An xs:dateTime in UTC, milliseconds since the epoch. @throws AccessError when it isn't one */
export function instant(element: Element, name: string): number | undefined {
  const text = element.getAttribute(name);
  if (text === null) return undefined;
  const timeMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(timeMs)) throw samlRefusal(`${name} of ${element.localName} isn’t a time.`);
  return timeMs;
}
