import { describe, expect, it } from 'vitest';
import { samlSchema } from '../../../relay/config/saml-schema.ts';
import type { SamlSubject } from '../../../relay/saml/check-assertion.ts';
import { mapAttributes } from '../../../relay/saml/map-attributes.ts';

const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const email = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';

type Attributes = Readonly<Record<string, readonly string[]>>;

function map(config: object, attributes: Attributes, nameId = 'p-1', nameIdFormat = persistent) {
  const subject = { nameId, nameIdFormat, attributes: new Map(Object.entries(attributes)) };
  const whole = { name: 'SAML', idp: { metadata: 'idp.xml' }, signing: { key: 'k', cert: 'c' }, ...config };
  return mapAttributes(subject as unknown as SamlSubject, samlSchema.parse(whole));
}

describe('who somebody is', () => {
  it.each<[what: string, config: object, attributes: Attributes, nameId: string, format: string, subject: string]>([
    ['the NameID', {}, {}, 'p-1', persistent, 'p-1'],
    ['a mail address', {}, {}, 'a@example.com', email, 'a@example.com'],
    ['the attribute', { subject_attribute: 'oid' }, { oid: ['o-1'] }, 'p-1', persistent, 'o-1'],
    ['the attribute, whatever the NameID', { subject_attribute: 'oid' }, { oid: ['o-1'] }, 't', transient, 'o-1'],
  ])('is %s', (_what, config, attributes, nameId, format, subject) => {
    expect(map(config, attributes, nameId, format).subject).toBe(subject);
  });

  it.each<[what: string, config: object, attributes: Attributes, nameId: string, format: string, why: string]>([
    ['a NameID that changes', {}, {}, 't', transient, 'transient'],
    ['an empty NameID', {}, {}, '', persistent, 'empty NameID'],
    ['no attribute', { subject_attribute: 'oid' }, {}, 'p-1', persistent, 'no single “oid”'],
    ['an attribute without a value', { subject_attribute: 'oid' }, { oid: [] }, 'p-1', persistent, 'no single “oid”'],
    ['two values', { subject_attribute: 'oid' }, { oid: ['a', 'b'] }, 'p-1', persistent, 'no single “oid”'],
  ])('can’t be told from %s', (_what, config, attributes, nameId, format, why) => {
    expect(() => map(config, attributes, nameId, format)).toThrow(why);
  });
});

describe('what is said of somebody', () => {
  const attributes = {
    username: ['user', 'login'],
    name: ['cn'],
    email: ['mail'],
    groups: ['memberOf'],
  };

  it.each<[said: Attributes, format: string, claims: object]>([
    [{}, persistent, { preferred_username: 'p-1' }],
    [{}, email, { preferred_username: 'p-1', email: 'p-1' }],
    [{ mail: ['m'] }, persistent, { preferred_username: 'm', email: 'm' }],
    [{ mail: ['m'], login: ['l'] }, persistent, { preferred_username: 'l', email: 'm' }],
    [{ user: ['u'], login: ['l'], cn: ['N'] }, persistent, { preferred_username: 'u', name: 'N' }],
    [{ memberOf: ['a', 'b'] }, persistent, { preferred_username: 'p-1', groups: ['a', 'b'] }],
    [{ memberOf: [] }, persistent, { preferred_username: 'p-1' }],
    [{ dept: ['x'], teams: ['a', 'b'] }, persistent, { preferred_username: 'p-1', department: 'x', teams: ['a', 'b'] }],
  ])('is what %j makes of it (%s)', (said, format, claims) => {
    const config = { attributes, claims: { department: 'dept', teams: 'teams' } };
    expect(map(config, said, 'p-1', format).claims).toEqual(claims);
  });

  it.each<[required: string, said: Attributes, attribute: string]>([
    ['name', { mail: ['m'] }, 'attribute “cn”'],
    ['email', {}, 'attribute “mail”'],
    ['groups', { memberOf: [] }, 'attribute “memberOf”'],
    ['department', {}, 'attribute “dept”'],
  ])('must hold %s where that is required', (required, said, attribute) => {
    const config = { attributes, claims: { department: 'dept' }, required: [required] };
    expect(() => map(config, said)).toThrow(attribute);
    expect(() => map(config, { ...said, cn: ['N'], mail: ['m'], memberOf: ['g'], dept: ['d'] })).not.toThrow();
  });

  it('must hold a user name where that is required, also when only a changing NameID is there', () => {
    const config = { attributes, required: ['username'], subject_attribute: 'oid' };
    expect(() => map(config, { oid: ['o'] }, 't', transient)).toThrow('attribute “user” or “login”');
    expect(map(config, { oid: ['o'], user: ['u'] }, 't', transient).claims).toEqual({ preferred_username: 'u' });
  });

  it.each<[what: string, said: Attributes, listed: string]>([
    ['nothing', {}, 'It sent no attributes.'],
    ['one', { a: ['secret'] }, 'It sent “a”.'],
    ['two', { a: ['secret'], b: [] }, 'It sent “a”, “b”.'],
    [
      'more than thirty',
      Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`a${index}`, ['secret']])),
      `It sent ${Array.from({ length: 30 }, (_, index) => `“a${index}”`).join(', ')}.`,
    ],
  ])('is refused with the names of what was sent, never with the values: %s', (_what, said, listed) => {
    for (const config of [{ required: ['email'] }, { subject_attribute: 'oid' }]) {
      const refusal = (): unknown => map({ attributes, ...config }, said);
      expect(refusal).toThrow(listed);
      expect(refusal).not.toThrow('secret');
    }
  });
});
