import { describe, expect, test } from 'vitest';
import { connectionText } from '../../../renderer/model/connection-text.ts';
import { connectedCount, summaryOf } from '../../../renderer/model/current-profile.ts';
import { showsSignIn, signInProfileOf } from '../../../renderer/model/front-page.ts';
import { profileStatusOf } from '../../../renderer/model/profile-status.ts';
import type { SignInState } from '../../../shared/snapshot.ts';
import { sampleApis } from '../../support/renderer-preview/sample-catalog.ts';
import {
  onConnection,
  openTunnel,
  reconnecting,
  sampleProblem,
  sampleProfile,
  sampleSnapshot,
  signedIn,
} from '../../support/renderer-preview/sample-snapshot.ts';

const now = 1_800_000_000_000;
const expired: SignInState = { status: 'expired', problem: sampleProblem('sign-in-expired', 'It ended.', now) };
const signedOut: SignInState = { status: 'signed-out', problem: null };
const down = reconnecting('tunnel-down', 'It broke.', now);

describe('showsSignIn', () => {
  test('before the first sign-in and after signing out', () => {
    expect(showsSignIn(sampleSnapshot(now, { profiles: [], currentProfileId: null }))).toBe(true);
    expect(showsSignIn(sampleSnapshot(now, { profiles: [sampleProfile(now, { signIn: signedOut })] }))).toBe(true);
  });

  test('not while signing in again, because the connections are still there', () => {
    const contacting = sampleProfile(now, { signIn: { status: 'contacting' } });
    expect(showsSignIn(sampleSnapshot(now, { profiles: [contacting] }))).toBe(false);
    expect(showsSignIn(sampleSnapshot(now, { profiles: [{ ...contacting, catalog: { status: 'none' } }] }))).toBe(true);
  });

  test('not when the sign-in has ended: the shell says so', () => {
    expect(showsSignIn(sampleSnapshot(now, { profiles: [sampleProfile(now, { signIn: expired })] }))).toBe(false);
  });
});

test('the sign-in shows the profile that was begun, not the one in front', () => {
  const lab = sampleProfile(now, { id: 'lab', signIn: { status: 'contacting' } });
  const snapshot = sampleSnapshot(now, { profiles: [sampleProfile(now), lab] });
  expect(signInProfileOf(snapshot, 'lab')).toBe(lab);
  expect(signInProfileOf(snapshot, null)).toBeNull();
});

describe('profileStatusOf', () => {
  test('is never “Online” without a living sign-in', () => {
    expect(profileStatusOf({ relayName: 'Acme', signIn: expired, tunnel: openTunnel(now) }).label).toBe(
      'Needs attention',
    );
    expect(profileStatusOf({ relayName: 'Acme', signIn: signedOut, tunnel: openTunnel(now) }).label).toBe('Signed out');
  });

  test('follows the tunnel while signed in', () => {
    expect(profileStatusOf({ relayName: 'Acme', signIn: signedIn(now), tunnel: openTunnel(now) }).label).toBe('Online');
    expect(profileStatusOf({ relayName: 'Acme', signIn: signedIn(now), tunnel: down }).label).toBe('Reconnecting');
    expect(profileStatusOf({ relayName: 'Acme', signIn: signedIn(now), tunnel: { status: 'closed' } }).label).toBe(
      'Ready',
    );
  });
});

describe('the line above the list', () => {
  const line = (change: Parameters<typeof sampleProfile>[1]) => summaryOf(sampleProfile(now, change), sampleApis);

  test('never counts an API as connected that can’t be used', () => {
    expect(line({})).toBe('5 unlocked by your groups, 3 on');
    expect(line({ tunnel: down })).toBe('5 unlocked by your groups, 3 waiting for the relay');
    expect(line({ signIn: expired, tunnel: down })).toBe('5 unlocked by your groups, 3 waiting for your sign-in');
    expect(connectedCount(sampleProfile(now))).toBe(3);
    expect(connectedCount(sampleProfile(now, { tunnel: down }))).toBe(0);
    expect(connectedCount(sampleProfile(now, { signIn: expired }))).toBe(0);
  });

  test('says none instead of nought', () => {
    expect(line({ connections: {}, tunnel: down })).toBe('5 unlocked by your groups, none is on');
    expect(summaryOf(sampleProfile(now, { connections: {} }), [])).toBe('None is unlocked by your groups.');
  });
});

describe('connectionText', () => {
  const on = onConnection('orders', 7101, now, 12);

  test('an open listener says what it waits for when it can’t be used', () => {
    expect(connectionText(on, { relayName: 'Acme', signIn: expired, tunnel: down }, 7101).text).toBe(
      'waits for your sign-in',
    );
    expect(connectionText(on, { relayName: 'Acme', signIn: signedIn(now), tunnel: down }, 7101).text).toBe(
      'waits for the relay',
    );
    const again: SignInState = { status: 'waiting-for-browser', url: 'https://id.acme.example', givesUpAtMs: now };
    expect(connectionText(on, { relayName: 'Acme', signIn: again, tunnel: down }, 7101).text).toBe(
      'waits for your sign-in',
    );
  });

  test('traffic has its units; without traffic it is idle', () => {
    const live = { relayName: 'Acme', signIn: signedIn(now), tunnel: openTunnel(now) };
    expect(connectionText(on, live, 7101).text).toBe('12 req/s, 8 ms');
    expect(connectionText(onConnection('orders', 7101, now), live, 7101).text).toBe('idle');
  });

  test('an API that is off shows the port it would get', () => {
    const live = { relayName: 'Acme', signIn: signedIn(now), tunnel: openTunnel(now) };
    expect(connectionText({ status: 'off' }, live, 7110).text).toBe('port 7110');
    expect(connectionText({ status: 'off' }, live, null).text).toBe('');
  });
});
