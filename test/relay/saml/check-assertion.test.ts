import { describe, expect, it } from 'vitest';
import { checkAssertion } from '../../../relay/saml/check-assertion.ts';
import { checkStructure } from '../../../relay/saml/check-structure.ts';
import { parseStrictXml } from '../../../relay/saml/strict-xml.ts';
import { goodContent, responseXml } from './response-template.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const expected = {
  idpEntityId: 'https://idp.example.com',
  audience: 'https://relay.example.com/metadata',
  recipient: 'https://relay.example.com/acs',
  requestId: '_request',
  nowMs,
  leewayMs: 60_000,
};
const whole = responseXml(goodContent({ idp: expected.idpEntityId, ...expected }));
const good = /<saml:Assertion .*<\/saml:Assertion>/s.exec(whole)?.[0] ?? '';
const part = (name: string): string => new RegExp(`<saml:${name}[ >].*</saml:${name}>`, 's').exec(good)?.[0] ?? '';
const restriction = (...audiences: string[]): string =>
  `<saml:AudienceRestriction>${audiences.map((one) => `<saml:Audience>${one}</saml:Audience>`).join('')}</saml:AudienceRestriction>`;
const confirmation = part('SubjectConfirmation');
const other = 'https://other.example.com';

const check = (change: (xml: string) => string) => {
  const xml = change(good);
  expect(xml === good).toBe(change === unchanged);
  return checkAssertion(checkStructure(parseStrictXml(xml, 'The assertion'), 'Assertion'), expected);
};
const unchanged = (xml: string): string => xml;
const after = (found: string, more: string) => (xml: string) => xml.replace(found, () => `${found}${more}`);
const before = (found: string, more: string) => (xml: string) => xml.replace(found, () => `${more}${found}`);
const instead = (found: string | RegExp, more: string) => (xml: string) => xml.replace(found, () => more);

/** Sets an attribute of the first element of that name, which is given anew. */
const set = (element: string, attribute: string, value: string | null) => (xml: string) =>
  xml.replace(new RegExp(`<saml:${element}(?=[ />])[^>]*`), (tag) => {
    const without = tag.replace(new RegExp(` ${attribute}="[^"]*"`), '');
    return value === null ? without : without.replace(/\/?$/, (end) => ` ${attribute}="${value}"${end}`);
  });
/** A time so many milliseconds from now. */
const at = (offsetMs: number): string => new Date(nowMs + offsetMs).toISOString();
const minuteMs = expected.leewayMs;
const value = (text: string): string => `<saml:AttributeValue>${text}</saml:AttributeValue>`;
const attribute = (name: string, values: string): string =>
  `<saml:AttributeStatement><saml:Attribute Name="${name}">${values}</saml:Attribute></saml:AttributeStatement>`;
const more = (content: string) => (xml: string) => xml.replace('</saml:Assertion>', `${content}</saml:Assertion>`);

describe('an assertion is refused', () => {
  it.each<[element: string, attribute: string, value: string | null, reason: RegExp]>([
    ['Assertion', 'IssueInstant', at(minuteMs + 1), /from the future/],
    ['Assertion', 'IssueInstant', null, /from the future/],
    ['Conditions', 'NotBefore', at(minuteMs + 1), /isn’t valid yet: it begins 61 s after/],
    ['Conditions', 'NotOnOrAfter', at(-minuteMs), /ended 60 s ago/],
    ['SubjectConfirmationData', 'NotOnOrAfter', at(-minuteMs), /ended 60 s ago/],
    ['SubjectConfirmationData', 'NotOnOrAfter', null, /has no NotOnOrAfter/],
    ['SubjectConfirmationData', 'Recipient', null, /is for recipient/],
    ['SubjectConfirmationData', 'Recipient', `${expected.recipient}/`, /is for recipient/],
    ['SubjectConfirmationData', 'InResponseTo', '_other', /another request/],
    ['SubjectConfirmationData', 'NotBefore', at(-minuteMs), /NotBefore/],
    ['AuthnStatement', 'AuthnInstant', at(minuteMs + 1), /in the future/],
    ['AuthnStatement', 'AuthnInstant', null, /no AuthnStatement/],
    ['AuthnStatement', 'SessionNotOnOrAfter', at(-minuteMs), /session at the sign-in service has ended/],
  ])('whose %s has %s %j', (element, name, changed, reason) => {
    expect(() => check(set(element, name, changed))).toThrow(reason);
  });

  it.each<[what: string, change: (xml: string) => string, reason: RegExp]>([
    ['without Conditions', instead(part('Conditions'), ''), /no Conditions/],
    ['without an audience', instead(part('AudienceRestriction'), ''), /names no audience/],
    ['without a Subject', instead(part('Subject'), ''), /no Subject/],
    ['without a NameID', instead(part('NameID'), ''), /no NameID/],
    ['without an AuthnStatement', instead(part('AuthnStatement'), ''), /no AuthnStatement/],
    ['without an Issuer', instead(part('Issuer'), ''), /comes from/],
    ['of another issuer', instead(part('Issuer'), `<saml:Issuer>${other}</saml:Issuer>`), /comes from/],
    ['with a long name', instead(part('NameID'), `<saml:NameID>${'x'.repeat(1025)}</saml:NameID>`), /NameID is longer/],
    ['with a long value', more(attribute('x', value('x'.repeat(1025)))), /AttributeValue is longer than 1024/],
    ['with many values', more(attribute('x', value('x').repeat(5001))), /“x” has more than 5000/],
    [
      'with many values in two statements',
      more(attribute('x', value('x').repeat(2600)).repeat(2)),
      /“x” has more than 5000/,
    ],
  ])('%s', (_what, change, reason) => {
    expect(() => check(change)).toThrow(reason);
  });

  it.each<[what: string, change: (xml: string) => string, reason: RegExp]>([
    [
      'whose second audience restriction is for another',
      after(part('AudienceRestriction'), restriction(other)),
      /meant for/,
    ],
    [
      'whose first audience restriction is for another',
      before(part('AudienceRestriction'), restriction(other)),
      /meant for/,
    ],
    ['whose second audience restriction names nobody', after(part('AudienceRestriction'), restriction()), /meant for/],
    [
      'whose audience only begins so',
      instead(part('AudienceRestriction'), restriction(`${expected.audience}2`)),
      /meant for/,
    ],
    [
      'whose audience is split over two',
      instead(part('AudienceRestriction'), restriction('https://relay.example.com', '/metadata')),
      /meant for/,
    ],
    ['with two Conditions', after(part('Conditions'), part('Conditions')), /2 Conditions/],
    ['with a second, wider Conditions', after(part('Conditions'), '<saml:Conditions/>'), /2 Conditions/],
    ['with two Subjects', after(part('Subject'), part('Subject')), /2 Subject/],
    ['with two NameIDs', after(part('NameID'), '<saml:NameID>admin</saml:NameID>'), /2 NameID/],
    ['with two Issuers', after(part('Issuer'), part('Issuer')), /2 Issuer/],
    ['with two AuthnStatements', after(part('AuthnStatement'), part('AuthnStatement')), /2 AuthnStatement/],
    ['without a confirmation', instead(confirmation, ''), /bearer is missing/],
    ['whose confirmation isn’t bearer', instead('cm:bearer', 'cm:sender-vouches'), /bearer is missing/],
    [
      'with two SubjectConfirmationData',
      instead('</saml:SubjectConfirmation>', '<saml:SubjectConfirmationData/></saml:SubjectConfirmation>'),
      /2 SubjectConfirmationData/,
    ],
    ['whose confirmation has no data', instead(/<saml:SubjectConfirmationData[^>]*\/>/, ''), /has no NotOnOrAfter/],
    [
      'whose confirmation has a NotBefore',
      instead('<saml:SubjectConfirmationData', '<saml:SubjectConfirmationData NotBefore="2026-03-01T11:00:00Z"'),
      /NotBefore/,
    ],
    ['whose confirmation has no end', instead(/ NotOnOrAfter="[^"]*" Recipient/, ' Recipient'), /NotOnOrAfter/],
    [
      'whose only two confirmations are each wrong in one thing',
      (xml) =>
        after(
          confirmation,
          confirmation.replace(expected.recipient, other),
        )(xml).replace('InResponseTo="_request"', 'InResponseTo="_other"'),
      /answers another request/,
    ],
    ['with a time that isn’t one', instead(/NotBefore="[^"]*"/, 'NotBefore="yesterday"'), /isn’t a time/],
    ['of another version', instead('Version="2.0"', 'Version="1.1"'), /SAML 2\.0/],
    ['without an ID', instead(/ ID="[^"]*"/, ' ID=""'), /no ID/],
  ])('%s', (_, change, reason) => {
    expect(() => check(change)).toThrow(reason);
  });
});

describe('an assertion is taken', () => {
  it.each<[element: string, attribute: string, value: string]>([
    ['Assertion', 'IssueInstant', at(minuteMs)],
    ['Conditions', 'NotBefore', at(minuteMs)],
    ['Conditions', 'NotOnOrAfter', at(1 - minuteMs)],
    ['AuthnStatement', 'AuthnInstant', at(minuteMs)],
    ['AuthnStatement', 'SessionNotOnOrAfter', at(1 - minuteMs)],
  ])('whose %s has %s %j, the last that the leeway allows', (element, name, changed) => {
    expect(check(set(element, name, changed))).toMatchObject({ nameId: 'p-4711' });
  });

  it('whose confirmation ends by a clock that is ahead, and is remembered as long as that', () => {
    const { usableUntilMs } = check(set('SubjectConfirmationData', 'NotOnOrAfter', at(1 - minuteMs)));
    expect(usableUntilMs).toBe(nowMs + 1);
  });

  it('with attributes in several statements, long ones and many', () => {
    const added =
      attribute('many', value('v').repeat(4999)) +
      attribute('many', value('w')) +
      attribute('long', value('x'.repeat(1024))) +
      attribute('none', value('')) +
      attribute('', value('y'));
    const { attributes } = check(more(added));
    expect(attributes.get('many')).toHaveLength(5000);
    expect(attributes.get('long')).toEqual(['x'.repeat(1024)]);
    expect(attributes.has('none')).toBe(false);
    expect(attributes.has('')).toBe(false);
  });

  it('that doesn’t say how the person signed in, or not by a class', () => {
    for (const context of ['', '<saml:AuthnContext/>'])
      expect(check(instead(part('AuthnContext'), context))).toMatchObject({
        nameId: 'p-4711',
        authnContext: undefined,
      });
  });

  it.each<[what: string, change: (xml: string) => string]>([
    ['as it is', unchanged],
    [
      'with several audiences of which one is this relay',
      instead(part('AudienceRestriction'), restriction(other, expected.audience)),
    ],
    [
      'with two restrictions that both name this relay',
      after(part('AudienceRestriction'), restriction(expected.audience, other)),
    ],
    [
      'with a wrong confirmation beside the right one',
      before(confirmation, confirmation.replace(expected.recipient, other)),
    ],
    [
      'with a confirmation of another kind beside it',
      before(confirmation, confirmation.replace('cm:bearer', 'cm:holder-of-key')),
    ],
    // Each assertion counts once here, whatever it says of itself.
    ['that is to be used once (OneTimeUse)', instead('</saml:Conditions>', '<saml:OneTimeUse/></saml:Conditions>')],
    [
      'with a restriction for proxies',
      instead('</saml:Conditions>', '<saml:ProxyRestriction Count="0"/></saml:Conditions>'),
    ],
  ])('%s', (_, change) => {
    expect(check(change)).toMatchObject({ nameId: 'p-4711', usableUntilMs: nowMs + 300_000 + expected.leewayMs });
  });
});
