import { describe, expect, test } from 'vitest';
import { hasJustSignedIn } from '../../electron/system-notice.ts';
import { trayModel } from '../../electron/tray-model.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import {
  onConnection,
  reconnecting,
  sampleProfile,
  sampleProblem,
} from '../support/renderer-preview/sample-snapshot.ts';

const nowMs = 1_700_000_000_000;
const expired: SignInState = { status: 'expired', problem: sampleProblem('sign-in-expired', 'It ended.', nowMs) };

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

  test('two relays with APIs of one name have items that differ', () => {
    const connections = { orders: onConnection('orders', 7101, nowMs) };
    const one = profile({ id: 'a', favourites: ['orders'], connections });
    const two = profile({ id: 'b', relayName: 'Lab', favourites: ['orders'], connections });
    expect(trayModel(snapshot([one, two])).apis.map(({ label }) => label)).toEqual(['Orders (Acme)', 'Orders (Lab)']);
    expect(trayModel(snapshot([one])).apis.map(({ label }) => label)).toEqual(['Orders']);
  });

  test('lists nothing of a profile that is signed out', () => {
    expect(trayModel(snapshot([profile({ signIn: expired, favourites: ['orders'] })])).apis).toEqual([]);
  });
});

describe('the window', () => {
  const before = snapshot([profile({})]);

  test('comes forward when the browser has finished a sign-in, not when a start restores one', () => {
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
