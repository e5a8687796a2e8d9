import { describe, expect, test } from 'vitest';
import { hasJustSignedIn, noticeFor } from '../../electron/attention.ts';
import { trayModel } from '../../electron/tray-model.ts';
import { problemTexts } from '../../shared/errors.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import { lockedCatalog } from '../support/renderer-preview/sample-catalog.ts';
import {
  onConnection,
  reconnecting,
  sampleProfile,
  sampleProblem,
  signedIn,
} from '../support/renderer-preview/sample-snapshot.ts';

const nowMs = 1_700_000_000_000;
const expired: SignInState = { status: 'expired', problem: sampleProblem('sign-in-expired', 'It ended.', nowMs) };
const failing: SignInState = {
  ...signedIn(nowMs),
  renewalProblem: sampleProblem('renewal-failed', 'The provider is down.', nowMs),
};

function snapshot(profiles: readonly ProfileSnapshot[], notifications = true): Snapshot {
  return {
    appVersion: '1.0.0',
    settings: {
      language: 'system',
      theme: 'system',
      keepRunningWhenClosed: true,
      startAtLogin: false,
      notifications,
      gatewayPort: 7100,
      toldAboutClosing: false,
    },
    profiles,
    currentProfileId: profiles[0]?.id ?? null,
    suggestedRelayUrl: null,
    recentRelayUrls: [],
    waitForTunnelMs: 10_000,
    secretStore: { kind: 'keychain' },
    gateway: { status: 'off' },
  };
}

const profile = (change: Partial<ProfileSnapshot>): ProfileSnapshot => sampleProfile(nowMs, change);

describe('the tray', () => {
  test.each([
    ['signed-out', 'Signed out', []],
    ['signed-out', 'Signed out', [profile({ signIn: { status: 'signed-out', problem: null } })]],
    ['idle', 'Signed in, nothing connected', [profile({ connections: {} })]],
    ['connected', '1 API connected', [profile({ connections: { orders: onConnection('orders', 7101, nowMs) } })]],
    [
      'reconnecting',
      'The relay can’t be reached',
      [
        profile({
          connections: { orders: onConnection('orders', 7101, nowMs) },
          tunnel: reconnecting('relay-unreachable', 'No answer.', nowMs),
        }),
      ],
    ],
    ['attention', 'Your sign-in has ended', [profile({ signIn: expired })]],
    [
      'attention',
      'Lab: Your sign-in has ended',
      [
        profile({ id: 'a', connections: { orders: onConnection('orders', 7101, nowMs) } }),
        profile({ id: 'b', relayName: 'Lab', signIn: expired }),
      ],
    ],
    [
      'attention',
      'The port is taken',
      [
        profile({
          connections: { orders: { status: 'failed', problem: sampleProblem('port-taken', 'By node.', nowMs) } },
        }),
      ],
    ],
  ] as const)('shows %s: %s', (status, line, profiles) => {
    expect(trayModel(snapshot(profiles))).toMatchObject({ status, line });
  });

  test('lists favourites and connected APIs with their switches, and never a locked one', () => {
    const model = trayModel(
      snapshot([
        profile({
          favourites: ['orders', 'no-such-api'],
          connections: { orders: onConnection('orders', 7101, nowMs) },
        }),
      ]),
    );
    expect(model.apis.map(({ api, on }) => [api, on])).toEqual([['orders', true]]);
  });

  test('lists nothing of a profile that is signed out', () => {
    expect(trayModel(snapshot([profile({ signIn: expired, favourites: ['orders'] })])).apis).toEqual([]);
  });
});

describe('notices', () => {
  const before = snapshot([profile({})]);

  test('the end of a sign-in is told once', () => {
    const after = snapshot([profile({ signIn: expired })]);
    expect(noticeFor(before, after)?.title).toContain(problemTexts['sign-in-expired'].title);
    expect(noticeFor(after, after)).toBeNull();
  });

  test('an ended session says who ended it', () => {
    const problem = sampleProblem('session-revoked', 'You have ended it from “desktop”.', nowMs);
    const after = snapshot([profile({ signIn: { status: 'expired', problem } })]);
    expect(noticeFor(before, after)?.body).toBe('You have ended it from “desktop”. Sign in again to go on.');
  });

  test('a sign-in on a new device is told once, and nothing in its name steers what shows it', () => {
    const device = {
      id: 's1',
      name: 'p\u202Ec',
      system: 'Windows 11',
      appVersion: '0.1.0',
      sinceMs: nowMs,
      address: null,
    };
    const after = snapshot([profile({ newDevices: [device] })]);
    expect(noticeFor(before, after)).toEqual({
      title: 'New sign-in on “p c”: Acme',
      body: 'Windows 11. If that wasn’t you, sign it out under Sessions and tell IT.',
    });
    expect(noticeFor(after, after)).toBeNull();
    expect(noticeFor(after, before)).toBeNull();
    const second = { ...device, id: 's2', name: 'mac', address: '10.0.0.9' };
    expect(noticeFor(after, snapshot([profile({ newDevices: [device, second] })]))?.body).toContain('from 10.0.0.9');
  });

  test('a lock on an API that is connected is told once, on another one not at all', () => {
    const locked = (connected: string) =>
      profile({
        catalog: { status: 'ready', catalog: lockedCatalog(nowMs), fetchedAtMs: nowMs, problem: null },
        connections: { [connected]: onConnection(connected, 7101, nowMs) },
      });
    const after = snapshot([locked('orders')]);
    expect(noticeFor(before, after)).toEqual({
      title: 'IT has locked Orders: Acme',
      body: 'Requests are refused until the lock ends. Incident 12: the database is being restored',
    });
    expect(noticeFor(after, after)).toBeNull();
    expect(noticeFor(before, snapshot([locked('deployments')]))).toBeNull();
  });

  test('a renewal that fails is told once, however often it is tried', () => {
    const after = snapshot([profile({ signIn: failing })]);
    expect(noticeFor(before, after)?.body).toBe(problemTexts['renewal-failed'].hint);
    expect(noticeFor(after, snapshot([profile({ signIn: { ...failing, expiresAtMs: nowMs } })]))).toBeNull();
  });

  test('a fresh sign-in that a rule asks for is told once', () => {
    const stepUp = {
      status: 'asked',
      api: 'orders',
      need: { writes: true, demand: { maxAgeSeconds: 900 } },
      problem: null,
    } as const;
    const after = snapshot([profile({ stepUp })]);
    expect(noticeFor(before, after)).toMatchObject({
      title: expect.stringMatching(/orders/i) as string,
      body: 'Writing to Orders needs a sign-in from the last 15 minutes.',
    });
    expect(noticeFor(after, after)).toBeNull();
    expect(
      noticeFor(snapshot([profile({ stepUp: { status: 'finishing', api: stepUp.api, need: stepUp.need } })]), after),
    ).toBeNull();
  });

  test('two profiles that fail at once make one notice', () => {
    const two = snapshot([profile({ id: 'a' }), profile({ id: 'b' })]);
    const notice = noticeFor(
      two,
      snapshot([profile({ id: 'a', signIn: expired }), profile({ id: 'b', signIn: expired })]),
    );
    expect(notice).not.toBeNull();
  });

  test('a person who signs out, or who wants no notifications, gets none', () => {
    const out: SignInState = { status: 'signed-out', problem: null };
    expect(noticeFor(before, snapshot([profile({ signIn: out })]))).toBeNull();
    expect(noticeFor(before, snapshot([profile({ signIn: expired })], false))).toBeNull();
  });

  test('the window comes forward when the browser has finished a sign-in, not when a start restores one', () => {
    const finishing = snapshot([profile({ signIn: { status: 'finishing' } })]);
    expect(hasJustSignedIn(finishing, before)).toBe(true);
    const stepUp = { status: 'finishing', api: 'orders', need: null } as const;
    expect(hasJustSignedIn(snapshot([profile({ stepUp })]), before)).toBe(true);
    expect(
      hasJustSignedIn(snapshot([profile({ stepUp: { ...stepUp, status: 'asked', problem: null } })]), before),
    ).toBe(false);
    expect(hasJustSignedIn(snapshot([profile({ signIn: { status: 'contacting' } })]), before)).toBe(false);
    expect(hasJustSignedIn(snapshot([]), before)).toBe(false);
    expect(hasJustSignedIn(before, before)).toBe(false);
  });
});
