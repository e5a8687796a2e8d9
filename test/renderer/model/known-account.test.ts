import { expect, test } from 'vitest';
import { addsAccount, foundKnownAccount } from '../../../renderer/model/known-account.ts';
import type { ProfileSnapshot } from '../../../shared/snapshot.ts';
import { sampleProfile, sampleSnapshot, signedIn } from '../../support/renderer-preview/sample-snapshot.ts';

const nowMs = Date.UTC(2026, 10, 29, 12);
const alice = sampleProfile(nowMs, { account: 'alice@acme.example' });
const { account: _nobody, ...unnamed } = alice;
const tried: ProfileSnapshot = { ...unnamed, id: 'tried', signIn: { status: 'finishing' } };
const of = (profiles: readonly ProfileSnapshot[], currentProfileId: string) =>
  sampleSnapshot(nowMs, { profiles, currentProfileId });

test('who wanted a further account and is known is told which it was', () => {
  const before = of([alice, tried], 'tried');
  expect(foundKnownAccount(before, of([alice], 'acme'))).toBe(alice);
});

test.each([
  ['there was no state before', null, of([alice], 'acme')],
  ['the further account was another person’s', of([alice, tried], 'tried'), of([alice, tried], 'tried')],
  [
    'the try was given up',
    of([alice, { ...tried, signIn: { status: 'signed-out', problem: null } }], 'tried'),
    of([alice], 'acme'),
  ],
  [
    'a relay was removed',
    of([alice, { ...tried, relayUrl: 'https://other.example', signIn: signedIn(nowMs) }], 'tried'),
    of([alice], 'acme'),
  ],
])('nothing is told when %s', (_name, before, after) => {
  expect(foundKnownAccount(before, after)).toBeNull();
});

test('a further account is told from a first one and from signing in again', () => {
  expect(addsAccount(of([alice, tried], 'tried'), tried)).toBe(true);
  expect(addsAccount(of([tried], 'tried'), tried)).toBe(false);
  expect(addsAccount(of([alice], 'acme'), alice)).toBe(false);
});
