import { describe, expect, test } from 'vitest';
import { bannerFor } from '../../../renderer/model/banner.ts';
import type { Catalog } from '../../../shared/catalog.ts';
import type { ProfileSnapshot, Snapshot } from '../../../shared/snapshot.ts';
import { allLockedCatalog, lockedCatalog } from '../../support/renderer-preview/sample-catalog.ts';
import { sampleManaged } from '../../support/renderer-preview/sample-managed.ts';
import {
  reconnecting,
  sampleProblem,
  sampleProfile,
  sampleSnapshot,
  signedIn,
} from '../../support/renderer-preview/sample-snapshot.ts';

const now = 1_800_000_000_000;
const shown = { dismissed: [] };
const expired = { status: 'expired', problem: sampleProblem('sign-in-expired', 'It ended at noon.', now) } as const;
const down = reconnecting('tunnel-down', 'The connection broke.', now);
const failing = { ...signedIn(now), renewalProblem: sampleProblem('renewal-failed', 'The provider answers 503.', now) };
const memory: Partial<Snapshot> = { secretStore: { kind: 'memory', reason: 'No keyring.' } };
const gatewayTaken: Partial<Snapshot> = {
  gateway: { status: 'failed', problem: sampleProblem('port-taken', 'Port 7100 is used by nginx.', now) },
};

function withProfile(change: Partial<ProfileSnapshot>, rest: Partial<Snapshot> = {}): Snapshot {
  return sampleSnapshot(now, { profiles: [sampleProfile(now, change)], ...rest });
}

describe('bannerFor', () => {
  test('says nothing when all is well', () => {
    expect(bannerFor(sampleSnapshot(now))).toBeNull();
  });

  test('says nothing before the first sign-in', () => {
    expect(
      bannerFor(sampleSnapshot(now, { profiles: [], currentProfileId: null, ...memory, ...gatewayTaken })),
    ).toBeNull();
  });

  test('a policy of which something can’t be used is told, and leads to where it is named', () => {
    const { managed } = sampleManaged(sampleSnapshot(now).settings);
    const banner = bannerFor(sampleSnapshot(now, { managed }));
    expect(banner).toMatchObject({ key: 'policy', tone: 'warning', action: { type: 'open-settings' } });
    expect(bannerFor(sampleSnapshot(now, { managed: { ...managed, problems: [] } }))).toBeNull();
  });

  test('an ended sign-in comes before everything else that failed', () => {
    const banner = bannerFor(withProfile({ signIn: expired, tunnel: down }, { ...memory, ...gatewayTaken }));
    expect(banner).toMatchObject({ key: 'expired', action: { type: 'sign-in', label: 'Sign in again' } });
  });

  test('a revoked session says that it was ended, with the same way on', () => {
    const revoked = {
      status: 'expired',
      problem: sampleProblem('session-revoked', 'An administrator ended it.', now),
    } as const;
    expect(bannerFor(withProfile({ signIn: revoked }))).toMatchObject({
      title: 'Your session was ended',
      text: 'An administrator ended it.',
      action: { type: 'sign-in' },
    });
    expect(bannerFor(withProfile({ signIn: revoked }), { ...shown, nowMs: now + 300_000 })?.text).toBe(
      'An administrator ended it. That was 5 min ago.',
    );
  });

  test('a sign-in on a new device says what is known of it and what to do, and leads to the sessions', () => {
    const device = {
      id: 's1',
      name: 'pc',
      system: 'Windows 11',
      appVersion: '0.1.0',
      sinceMs: now,
      address: '10.0.0.9',
    };
    const one = withProfile({ newDevices: [device], tunnel: down });
    expect(bannerFor(one, { ...shown, nowMs: now + 120_000 })).toMatchObject({
      title: 'New sign-in on “pc”',
      text: 'Windows 11, 2 min ago, from 10.0.0.9. If that wasn’t you, sign it out and tell IT.',
      action: { type: 'open-sessions' },
    });
    expect(bannerFor(withProfile({ newDevices: [device, { ...device, id: 's2' }] }))?.title).toBe(
      '2 new sign-ins to your account',
    );
    expect(bannerFor(withProfile({ newDevices: [device], signIn: expired }))?.key).toBe('expired');
  });

  test('a version that the relay refuses says what it needs; one that it recommends can be put off', () => {
    const refused = reconnecting('client-too-old', 'This is 0.1.0; the relay needs 0.2.0.', now);
    expect(bannerFor(withProfile({ tunnel: refused }))).toMatchObject({
      tone: 'danger',
      text: 'This is 0.1.0; the relay needs 0.2.0. Update Causeway.',
    });
    const update = { recommendedVersion: '0.2.0', howToUpdate: 'Open Software Center.' };
    expect(bannerFor(withProfile({ update }), shown)).toMatchObject({
      title: 'Causeway 0.2.0 is recommended',
      text: 'You have 0.1.0. Open Software Center.',
      action: { type: 'dismiss' },
    });
    expect(bannerFor(withProfile({ update }), { dismissed: ['update-0.2.0'] })).toBeNull();
  });

  test('what is locked as a whole is said with the reason, and one API that is isn’t', () => {
    const ready = (catalog: Catalog) =>
      withProfile({ catalog: { status: 'ready', catalog, fetchedAtMs: now, problem: null } });
    expect(bannerFor(ready(allLockedCatalog()))).toMatchObject({
      title: 'Locked by IT for you',
      text: 'Account stolen, until IT takes the lock away.',
    });
    expect(bannerFor(ready(lockedCatalog(now)))).toBeNull();
    const problem = sampleProblem('locked', 'An administrator has locked your access.', now);
    const { catalog } = sampleProfile(now);
    if (catalog.status !== 'ready') throw new Error('the sample has a catalog');
    expect(bannerFor(withProfile({ catalog: { ...catalog, problem } }))).toMatchObject({
      title: 'Access is locked',
      text: 'An administrator has locked your access.',
    });
  });

  test('signing in again offers the page once more', () => {
    const waiting = { status: 'waiting-for-browser', url: 'https://id.example/', givesUpAtMs: now + 1 } as const;
    expect(bannerFor(withProfile({ signIn: waiting }))).toMatchObject({
      key: 'waiting',
      action: { type: 'reopen-browser' },
    });
  });

  test('a request that needs a fresh sign-in asks for it, and says what stopped the last try', () => {
    const asked = {
      status: 'asked',
      api: 'orders',
      need: { writes: true, demand: { maxAgeSeconds: 900 } },
      problem: null,
    } as const;
    expect(bannerFor(withProfile({ stepUp: asked, tunnel: down }))).toMatchObject({
      title: 'Sign in again for Orders',
      text: 'Writing to Orders needs a sign-in from the last 15 minutes.',
      action: { type: 'step-up' },
    });
    const problem = sampleProblem('sign-in-timed-out', 'Nobody came.', now);
    expect(bannerFor(withProfile({ stepUp: { ...asked, problem } }))?.text).toContain(problem.title);
    const { api, need } = asked;
    const waiting = { status: 'waiting-for-browser', api, need, url: 'https://id.example/' } as const;
    expect(bannerFor(withProfile({ stepUp: waiting }))).toMatchObject({ action: { type: 'reopen-browser' } });
    expect(bannerFor(withProfile({ stepUp: { ...asked, api: null } }))?.title).toBe('Sign in again');
    expect(bannerFor(withProfile({ signIn: expired, stepUp: asked }))?.key).toBe('expired');
  });

  test('without a network it says offline instead of reconnecting', () => {
    const offline = reconnecting('no-network', 'This computer has no address in any network.', now);
    expect(bannerFor(withProfile({ tunnel: offline }))).toMatchObject({ title: 'You’re offline', tone: 'warning' });
  });

  test('a link that broke tells what happened and when it tries next', () => {
    expect(bannerFor(withProfile({ tunnel: { ...down, waiting: 2 } }))).toMatchObject({
      key: 'cause-tunnel-down',
      tone: 'warning',
      text: 'The connection broke. Causeway reconnects by itself. 2 connections are waiting.',
      countdownToMs: now + 8000,
    });
  });

  test('a link that is back within a blink is not worth a word; one that has other causes is, at once', () => {
    const { sinceMs } = down;
    const at = (nowMs: number, tunnel = down): string | undefined =>
      bannerFor(withProfile({ tunnel }), { dismissed: [], nowMs })?.key;
    expect(at(sinceMs + 1400)).toBeUndefined();
    expect(at(sinceMs + 1500)).toBe('cause-tunnel-down');
    expect(at(sinceMs, reconnecting('clock-skew', 'This computer is 12 min ahead.', now))).toBe('cause-clock-skew');
  });

  test('a provider that is down is the cause, and signing in again the way round it', () => {
    const tunnel = reconnecting('idp-unreachable', 'id.acme.example doesn’t answer.', now);
    expect(bannerFor(withProfile({ tunnel }))).toMatchObject({
      title: 'The sign-in service can’t be reached',
      action: { type: 'sign-in' },
    });
  });

  test.each<[Parameters<typeof reconnecting>[0], string | null]>([
    ['tunnel-down', 'try-now'],
    ['relay-unreachable', 'try-now'],
    ['proxy-failed', 'try-now'],
    ['clock-skew', 'try-now'],
    ['network-sign-in', 'open-network-page'],
    ['no-network', null],
    ['relay-draining', null],
  ])('while requests wait for want of %s, the one button is %s', (code, action) => {
    const banner = bannerFor(withProfile({ tunnel: reconnecting(code, 'It happened.', now) }));
    expect(banner?.action?.type ?? null).toBe(action);
  });

  test('a draining relay is news, not a warning', () => {
    const tunnel = reconnecting('relay-draining', 'It restarts.', now);
    expect(bannerFor(withProfile({ tunnel }))).toMatchObject({ key: 'cause-relay-draining', tone: 'info' });
  });

  test('a cause with a text of its own is named', () => {
    const tunnel = reconnecting('clock-skew', 'This computer is 12 min ahead.', now);
    expect(bannerFor(withProfile({ tunnel }))).toMatchObject({
      tone: 'danger',
      title: 'This computer’s clock is wrong',
    });
  });

  test('a failing renewal comes before ports, catalog and storage', () => {
    expect(bannerFor(withProfile({ signIn: failing }, { ...memory, ...gatewayTaken }))).toMatchObject({
      key: 'renewal',
    });
  });

  test('a taken gateway port leads to the settings', () => {
    expect(bannerFor(sampleSnapshot(now, gatewayTaken))).toMatchObject({ action: { type: 'open-settings' } });
  });

  test('a list of APIs that couldn’t be renewed can be read again', () => {
    const { catalog } = sampleProfile(now);
    if (catalog.status !== 'ready') throw new Error('the sample has a catalog');
    const problem = sampleProblem('relay-unreachable', 'No answer.', now);
    expect(bannerFor(withProfile({ catalog: { ...catalog, problem } }))).toMatchObject({
      action: { type: 'refresh-catalog' },
    });
  });

  test('memory-only storage is said until it is dismissed', () => {
    const snapshot = sampleSnapshot(now, memory);
    expect(bannerFor(snapshot, shown)).toMatchObject({ key: 'memory-storage' });
    expect(bannerFor(snapshot, { dismissed: ['memory-storage'] })).toBeNull();
  });
});
