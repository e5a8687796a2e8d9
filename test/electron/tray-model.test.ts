import { describe, expect, test } from 'vitest';
import { hasJustSignedIn, hasJustSignedOut } from '../../electron/system-notice.ts';
import { trayModel } from '../../electron/tray-model.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import { sampleCatalog } from '../support/renderer-preview/sample-catalog.ts';
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
      otherPrograms: 'ask',
      toldAboutClosing: false,
      hints: [],
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
    const { relays } = trayModel(
      snapshot([
        profile({
          favourites: ['orders', 'no-such-api'],
          connections: { orders: onConnection('orders', 7101, nowMs) },
        }),
      ]),
    );
    expect(relays[0]?.apis.map(({ api, on }) => [api, on])).toEqual([['orders', true]]);
    expect(relays[0]?.addresses).toEqual([
      { api: 'orders', label: 'Orders', address: expect.stringMatching(/^http:/) as string },
    ]);
  });

  test('offers what can be done with a relay now, and nothing else', () => {
    const offered = (change: Partial<ProfileSnapshot>) => {
      const [relay] = trayModel(snapshot([profile(change)])).relays;
      return {
        connect: relay?.toConnect,
        pause: relay?.canPause,
        resume: relay?.canResume,
        signIn: relay?.needsSignIn,
      };
    };
    const on = { orders: onConnection('orders', 7101, nowMs) };
    const none = { connect: [], pause: false, resume: false, signIn: false };
    expect(offered({ favourites: [], connections: {} })).toEqual(none);
    expect(offered({ favourites: ['orders', 'no-such-api'], connections: {} })).toEqual({
      ...none,
      connect: ['orders'],
    });
    expect(offered({ favourites: ['orders'], connections: on })).toEqual({ ...none, pause: true });
    expect(offered({ favourites: [], connections: {}, paused: ['orders'] })).toEqual({ ...none, resume: true });
    expect(offered({ signIn: expired, favourites: ['orders'], connections: on })).toEqual({ ...none, signIn: true });
    expect(offered({ signIn: { status: 'signed-out', problem: null } })).toEqual({ ...none, signIn: true });
    expect(offered({ signIn: { status: 'contacting' } })).toEqual(none);
  });

  test('a paused relay says so, and its favourites come back by Resume', () => {
    const model = trayModel(snapshot([profile({ connections: {}, paused: ['orders'] })]));
    expect(model).toMatchObject({ status: 'paused', line: 'Paused' });
  });

  test.each<[string, readonly Partial<ProfileSnapshot>[], readonly string[]]>([
    ['by their names', [{ relayName: 'Acme' }, { relayName: 'Staging' }], ['Acme', 'Staging']],
    [
      'by host, where the names are the same',
      [
        { relayName: 'Acme', relayUrl: 'https://eu.acme.example' },
        { relayName: 'Acme', relayUrl: 'https://us.acme.example:8443' },
        { relayName: 'Staging' },
      ],
      ['Acme (eu.acme.example)', 'Acme (us.acme.example:8443)', 'Staging'],
    ],
    [
      'by person, where two are at one relay',
      [
        { relayName: 'Acme', account: 'alice@acme.example' },
        { relayName: 'Acme', account: 'admin@acme.example' },
      ],
      ['Acme (alice@acme.example)', 'Acme (admin@acme.example)'],
    ],
    [
      'by both, where each alone isn’t enough',
      [
        { relayName: 'Acme', relayUrl: 'https://eu.acme.example', account: 'alice' },
        { relayName: 'Acme', relayUrl: 'https://us.acme.example', account: 'alice' },
        { relayName: 'Acme', relayUrl: 'https://us.acme.example', account: 'bob' },
      ],
      ['Acme (eu.acme.example)', 'Acme (alice, us.acme.example)', 'Acme (bob)'],
    ],
    [
      'by number, where nothing else is known',
      [{ relayName: 'Acme' }, { relayName: 'Acme' }, { relayName: 'Acme' }],
      ['Acme (relay.acme.example)', 'Acme (relay.acme.example) 2', 'Acme (relay.acme.example) 3'],
    ],
  ])('tells relays apart %s', (_how, changes, names) => {
    const profiles = changes.map((change, index) =>
      profile({ relayUrl: 'https://relay.acme.example', connections: {}, ...change, id: `profile-${index}` }),
    );
    const labels = trayModel(snapshot(profiles)).relays.map(({ label }) => label);
    expect(labels).toEqual(names.map((name) => `${name}: Signed in, nothing connected`));
    expect(new Set(labels).size).toBe(labels.length);
  });

  test('a relay has the person’s colour, else its config’s', () => {
    const catalog = { ...sampleCatalog, look: { color: 'teal' as const } };
    const ready = { status: 'ready', catalog, fetchedAtMs: 0, problem: null } as const;
    const profiles = [profile({ catalog: ready }), profile({ id: 'two', catalog: ready, color: 'pink' })];
    expect(trayModel(snapshot(profiles)).relays.map(({ color }) => color)).toEqual(['teal', 'pink']);
  });

  test('two relays with APIs of one name have items that differ', () => {
    const connections = { orders: onConnection('orders', 7101, nowMs) };
    const one = profile({ id: 'a', favourites: ['orders'], connections });
    const two = profile({ id: 'b', relayName: 'Lab', favourites: ['orders'], connections });
    const { relays } = trayModel(snapshot([one, two]));
    expect(relays.map(({ label }) => label)).toEqual(['Acme: 1 API connected', 'Lab: 1 API connected']);
    const ids = relays.flatMap(({ apis }) => apis.map(({ profileId, api }) => `${profileId} ${api}`));
    expect(ids).toEqual(['a orders', 'b orders']);
  });

  test('lists nothing of a profile that is signed out', () => {
    expect(trayModel(snapshot([profile({ signIn: expired })])).relays[0]).toMatchObject({ apis: [], addresses: [] });
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

describe('a sign-in', () => {
  const alice = profile({ person: 'alice' });

  test.each<[what: string, isGone: boolean, before: ProfileSnapshot, after: readonly ProfileSnapshot[]]>([
    ['that is there', false, alice, [alice]],
    ['that is renewed', false, alice, [profile({ person: 'alice', signIn: { status: 'contacting' } })]],
    ['that has only expired', false, alice, [profile({ person: 'alice', signIn: expired })]],
    ['that was never there', false, profile({ signIn: { status: 'contacting' } }), []],
    ['that was signed out', true, alice, [profile({ signIn: { status: 'signed-out', problem: null } })]],
    ['that had expired, and was signed out', true, profile({ signIn: expired }), []],
    ['whose profile was removed', true, alice, []],
    ['that gave way to somebody else’s', true, alice, [profile({ person: 'bob' })]],
    ['of one account of two', true, alice, [profile({ id: 'other', person: 'bob' })]],
  ])('%s: gone is %s', (_what, isGone, before, after) => {
    expect(hasJustSignedOut(snapshot([before]), snapshot(after))).toBe(isGone);
  });
});
