import { describe, expect, it } from 'vitest';
import { readSignalSubject, type SignalSubject } from '../../../relay/signals/read-subject.ts';

const issuer = 'https://idp.example';
const rules = { issuers: [issuer, 'https://old.example'], subjects: { email: 'username', opaque: 'subject' } } as const;
const nobody: SignalSubject = { subject: null, username: null, session: null, tokenId: null };
const person = { format: 'iss_sub', iss: issuer, sub: 'a-1' };

describe('a subject of an event', () => {
  it.each<[string, unknown, Partial<SignalSubject>]>([
    ['by issuer and subject', person, { subject: 'a-1' }],
    ['by a further value of the issuer', { ...person, iss: 'https://old.example' }, { subject: 'a-1' }],
    ['of another issuer', { ...person, iss: 'https://other.example' }, {}],
    ['as drafts wrote it', { subject_type: 'iss-sub', iss: issuer, sub: 'a-1' }, { subject: 'a-1' }],
    ['by mail address', { format: 'email', email: 'alice@acme.example' }, { username: 'alice@acme.example' }],
    ['by account', { format: 'account', uri: 'acct:alice@acme.example' }, { username: 'alice@acme.example' }],
    ['by an account of another kind', { format: 'account', uri: 'https://acme.example/alice' }, {}],
    ['by an opaque id', { format: 'opaque', id: 'a-1' }, { subject: 'a-1' }],
    ['by a token', { format: 'jwt_id', iss: issuer, jti: 't-1' }, { tokenId: 't-1' }],
    ['by a token of another issuer', { format: 'jwt_id', iss: 'https://other.example', jti: 't-1' }, {}],
    ['by a phone number', { format: 'phone_number', phone_number: '+12065550100' }, {}],
    ['of a form that isn’t known', { format: 'pigeon', ring: 4 }, {}],
    [
      'by aliases, the surest of them',
      { format: 'aliases', identifiers: [{ format: 'email', email: 'alice@acme.example' }, person] },
      { subject: 'a-1' },
    ],
    ['complex, a person', { format: 'complex', user: person }, { subject: 'a-1' }],
    ['complex, without its format', { user: person }, { subject: 'a-1' }],
    [
      'complex, a session of a person',
      { format: 'complex', user: person, session: { format: 'opaque', id: 's-1' } },
      { subject: 'a-1', session: 's-1' },
    ],
    ['complex, a session alone', { format: 'complex', session: { format: 'opaque', id: 's-1' } }, { session: 's-1' }],
    [
      'complex, a session of somebody of another issuer',
      {
        format: 'complex',
        user: { ...person, iss: 'https://other.example' },
        session: { format: 'opaque', id: 's-1' },
      },
      {},
    ],
    ['complex, a device', { format: 'complex', device: { format: 'opaque', id: 'd-1' } }, {}],
    ['complex, a tenant', { tenant: { format: 'opaque', id: 't-1' } }, {}],
  ])('%s', (_, value, expected) => {
    expect(readSignalSubject(value, rules)).toEqual({ ...nobody, ...expected });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'alice'],
    ['a list', [person]],
    ['an empty object', {}],
    ['an issuer alone', { format: 'iss_sub', iss: issuer }],
    ['an empty subject', { ...person, sub: '' }],
    ['a subject that is a number', { ...person, sub: 1 }],
    ['a subject without end', { ...person, sub: 'x'.repeat(2000) }],
    ['a format that is no text', { format: 1 }],
    ['aliases without any', { format: 'aliases', identifiers: [] }],
    ['aliases of aliases', { format: 'aliases', identifiers: [{ format: 'complex', user: person }] }],
    ['a session without a name', { user: person, session: {} }],
  ])('that is %s is refused', (_, value) => {
    expect(() => readSignalSubject(value, rules)).toThrow('names no subject that can be read');
  });

  it('by mail address or opaque id is nobody where the config says so', () => {
    const strict = { ...rules, subjects: { email: 'none', opaque: 'none' } } as const;
    expect(readSignalSubject({ format: 'email', email: 'alice@acme.example' }, strict)).toEqual(nobody);
    expect(readSignalSubject({ format: 'opaque', id: 'a-1' }, strict)).toEqual(nobody);
  });
});
