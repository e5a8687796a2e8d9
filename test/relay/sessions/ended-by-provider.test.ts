import { describe, expect, it } from 'vitest';
import type { ProviderLogout } from '../../../relay/identity/identity.ts';
import type { Revocation } from '../../../relay/identity/revocations.ts';
import { endedByLogout, endedByRevocation, providerSessionName } from '../../../relay/sessions/ended-by-provider.ts';
import { sessionOf } from './session-store-contract.ts';

const issuer = 'https://idp.example';
const named = (sid: string): string => providerSessionName(issuer, sid);
const sessions = [
  sessionOf('of-s1', { subject: 'a', providerSession: named('s1'), tokenId: 't1', issuedAtMs: 100 }),
  sessionOf('of-s2', { subject: 'a', providerSession: named('s2'), tokenId: 't2', issuedAtMs: 200 }),
  sessionOf('unnamed', { subject: 'a', tokenId: null, issuedAtMs: null }),
  sessionOf('of-another', { subject: 'b', providerSession: named('s3'), issuedAtMs: 100 }),
  sessionOf('elsewhere', { issuer: 'https://other.example', subject: 'a', issuedAtMs: 100 }),
];
const ids = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id);

describe('sessions that a provider ends', () => {
  it.each<[what: string, logout: Omit<ProviderLogout, 'issuer'>, ended: readonly string[]]>([
    ['nobody’s', { subject: undefined, sid: undefined }, []],
    ['a session that there isn’t', { subject: undefined, sid: 's9' }, []],
    ['a session of somebody else', { subject: undefined, sid: 's3' }, ['of-another']],
    ['a session without a word of whose', { subject: undefined, sid: 's1' }, ['of-s1']],
    ['a session of a person', { subject: 'a', sid: 's1' }, ['of-s1', 'unnamed']],
    ['all of a person', { subject: 'a', sid: undefined }, ['of-s1', 'of-s2', 'unnamed']],
  ])('at a sign-out of %s', (_, logout, ended) => {
    expect(ids(endedByLogout(sessions, { issuer, ...logout }))).toEqual(ended);
  });

  const own = sessions.filter((session) => session.issuer === issuer && session.subject === 'a');
  it.each<[what: string, revocation: Revocation, asOfMs: number, ended: readonly string[]]>([
    ['a token', { issuer, tokenId: 't2' }, 500, ['of-s2']],
    ['a token of later', { issuer, tokenId: 't2' }, 150, []],
    ['a session', { issuer, sid: 's1', unnamedOf: 'a' }, 500, ['of-s1', 'unnamed']],
    ['the sign-ins up to a moment', { issuer, subject: 'a' }, 150, ['of-s1', 'unnamed']],
    ['all sign-ins', { issuer, subject: 'a' }, 500, ['of-s1', 'of-s2', 'unnamed']],
  ])('with %s', (_, revocation, asOfMs, ended) => {
    expect(ids(endedByRevocation(own, revocation, asOfMs))).toEqual(ended);
  });
});
