import { expect, it } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import { readSubject } from '../../../relay/identity/read-subject.ts';
import { issuerConfig } from './test-issuer.ts';

const base = issuerConfig('https://idp.example');
const issuer: IssuerConfig = { ...base, claims: { ...base.claims, subject: ['oid', 'sub'] } };

it.each<[claims: Record<string, unknown>, subject: string]>([
  [{ sub: 's' }, 's'],
  [{ oid: 'o', sub: 's' }, 'o'],
  [{ oid: 'x'.repeat(1024) }, 'x'.repeat(1024)],
])('%j is of %s', (claims, subject) => {
  expect(readSubject(claims, issuer)).toBe(subject);
});

it.each<[claims: Record<string, unknown>]>([
  [{}],
  [{ sub: '' }],
  [{ sub: 7 }],
  [{ sub: ['s'] }],
  [{ sub: null }],
  [{ sub: 'x'.repeat(1025) }],
  // What stands first is what counts, fit or not.
  [{ oid: '', sub: 's' }],
  [{ oid: null, sub: 's' }],
])('%j is of nobody', (claims) => {
  expect(() => readSubject(claims, issuer)).toThrow('no usable oid or sub claim');
});
