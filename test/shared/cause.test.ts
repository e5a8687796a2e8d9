import { describe, expect, test } from 'vitest';
import { localRefusal } from '../../client/profile/local-refusal.ts';
import { shownTunnel } from '../../client/profile/shown-tunnel.ts';
import { noticesDue } from '../../electron/notices-due.ts';
import { systemNotice } from '../../electron/system-notice.ts';
import { trayModel } from '../../electron/tray-model.ts';
import { bannerFor } from '../../renderer/model/banner.ts';
import { causeNote } from '../../renderer/model/cause-note.ts';
import { connectionText } from '../../renderer/model/connection-text.ts';
import { profileStatusOf } from '../../renderer/model/profile-status.ts';
import { type CauseCode, causeOf } from '../../shared/cause.ts';
import { causeText } from '../../shared/cause-text.ts';
import { type ErrorCode, problemTexts } from '../../shared/errors.ts';
import type { SignInState } from '../../shared/snapshot.ts';
import {
  onConnection,
  openTunnel,
  reconnecting,
  sampleProblem,
  sampleProfile,
  sampleSnapshot,
  signedIn,
} from '../support/renderer-preview/sample-snapshot.ts';

const now = 1_800_000_000_000;
const detail = 'What was observed.';
const ended = (code: ErrorCode): SignInState => ({ status: 'expired', problem: sampleProblem(code, detail, now) });

/** What each failure of the tunnel makes people wait for, and how it is told. */
const causes: readonly (readonly [ErrorCode, string, 'Reconnecting' | 'Needs attention'])[] = [
  ['relay-unreachable', 'the relay', 'Reconnecting'],
  ['tunnel-down', 'the relay', 'Reconnecting'],
  ['relay-draining', 'the relay', 'Reconnecting'],
  ['relay-not-ready', 'the relay', 'Reconnecting'],
  ['relay-not-causeway', 'the relay', 'Reconnecting'],
  ['overloaded', 'the relay', 'Reconnecting'],
  ['no-network', 'the network', 'Reconnecting'],
  ['idp-unreachable', 'the sign-in service', 'Reconnecting'],
  ['idp-misconfigured', 'the sign-in service', 'Reconnecting'],
  ['renewal-failed', 'the sign-in service', 'Reconnecting'],
  ['audit-unavailable', 'the relay’s records', 'Reconnecting'],
  ['shared-state-unavailable', 'the relays’ shared store', 'Reconnecting'],
  ['relay-untrusted-certificate', 'a trusted certificate', 'Needs attention'],
  ['clock-skew', 'this computer’s clock', 'Needs attention'],
  ['client-too-old', 'an update of Causeway', 'Needs attention'],
  ['proxy-sign-in', 'the proxy', 'Needs attention'],
  ['proxy-failed', 'the proxy', 'Needs attention'],
  ['locked', 'IT to unlock it', 'Needs attention'],
];

describe('the tunnel’s problem is told alike everywhere', () => {
  test.each(causes)('%s', (code, awaited, status) => {
    const before = sampleProfile(now);
    const profile = sampleProfile(now, { tunnel: reconnecting(code, detail, now) });
    const { title } = problemTexts[code];
    const cause = causeOf(profile);
    if (cause === null) throw new Error('There is a cause.');
    expect(connectionText(onConnection('orders', 7101, now), profile, 7101).text).toBe(`waits for ${awaited}`);
    expect(connectionText({ status: 'opening' }, profile, 7101).text).toBe(`waits for ${awaited}`);
    expect(causeNote(profile, 10_000)).toMatchObject({ title });
    expect(bannerFor(sampleSnapshot(now, { profiles: [profile] }))).toMatchObject({ title });
    expect(trayModel(sampleSnapshot(now, { profiles: [profile] })).line).toBe(title);
    expect(localRefusal(cause)).toEqual({ code, detail });
    expect(profileStatusOf(profile).label).toBe(status);
    const { due } = noticesDue(
      sampleSnapshot(now, { profiles: [before] }),
      sampleSnapshot(now, { profiles: [profile] }),
      now,
    );
    const noticed = due.filter(({ facts: { kind } }) => kind === 'trouble' || kind === 'update-required');
    const notice = systemNotice(
      noticed.map((one) => ({ ...one, atMs: now, read: false })),
      'darwin',
    );
    expect(notice?.title ?? null).toBe(status === 'Needs attention' ? `${title}: Acme` : null);
    // Whoever isn't at fault isn't named.
    const told = [causeText(cause).title, causeText(cause).awaited].join(' ');
    if (!/relay/i.test(awaited) && !/relay/.test(code) && code !== 'client-too-old') expect(told).not.toMatch(/relay/i);
  });
});

describe('an ended sign-in', () => {
  test.each(['sign-in-expired', 'session-revoked', 'token-rejected', 'clock-skew', 'idp-unreachable'] as const)(
    'with %s: rows wait for the sign-in and keep their addresses, and nothing else is blamed',
    (code) => {
      const profile = sampleProfile(now, { signIn: ended(code), tunnel: reconnecting('relay-unreachable', 'x', now) });
      expect(connectionText(onConnection('orders', 7101, now), profile, 7101).text).toBe('waits for your sign-in');
      const { title } = problemTexts[code];
      expect(causeNote(profile, 10_000)?.title).toBe(title);
      expect(trayModel(sampleSnapshot(now, { profiles: [profile] }))).toMatchObject({
        status: 'attention',
        line: title,
      });
      expect(profileStatusOf(profile).label).toBe('Needs attention');
    },
  );

  test.each<[CauseCode, SignInState]>([
    ['signed-out', { status: 'signed-out', problem: null }],
    ['signing-in', { status: 'contacting' }],
    ['signing-in', { status: 'finishing' }],
  ])('%s is no failure, and requests get the person’s name for it', (code, signIn) => {
    const cause = causeOf(sampleProfile(now, { signIn }));
    expect(cause).toMatchObject({ code, awaits: 'sign-in', detail: null });
    if (cause !== null) expect(localRefusal(cause)).toMatchObject({ code: 'not-signed-in' });
  });
});

describe('a provider that is down while the token ends', () => {
  const failing: SignInState = {
    ...signedIn(now),
    expiresAtMs: now - 1000,
    renewalProblem: sampleProblem('renewal-failed', 'id.acme.example failed while renewing: it doesn’t answer.', now),
    renewalCause: 'idp-unreachable',
  };

  test.each([
    ['open', openTunnel(now)],
    ['closed', { status: 'closed' }],
    ['connecting', { status: 'connecting', waiting: 2 }],
    ['reconnecting', reconnecting('tunnel-down', 'The relay hung up.', now)],
  ] as const)('is the cause while the tunnel itself is %s', (_status, tunnel) => {
    const profile = sampleProfile(now, { signIn: failing, tunnel: shownTunnel(failing, tunnel, now) });
    expect(causeOf(profile)).toMatchObject({ code: 'idp-unreachable', awaits: 'sign-in-service' });
    expect(bannerFor(sampleSnapshot(now, { profiles: [profile] }))?.title).toBe(problemTexts['idp-unreachable'].title);
  });

  test('isn’t, as long as the token counts', () => {
    const still = { ...failing, expiresAtMs: now + 1000 };
    expect(shownTunnel(still, openTunnel(now), now)).toEqual(openTunnel(now));
  });

  test('gives way to a network that is away', () => {
    const offline = reconnecting('no-network', 'No address.', now);
    expect(shownTunnel(failing, offline, now)).toEqual(offline);
  });

  test('a token that ended without any failure told isn’t shown as open', () => {
    expect(shownTunnel({ ...failing, renewalProblem: null }, openTunnel(now), now).status).toBe('reconnecting');
  });
});

test('a text repeats neither its title nor its detail', () => {
  for (const [code] of causes) {
    const { title } = problemTexts[code];
    const profile = sampleProfile(now, { tunnel: reconnecting(code, `${title}.`, now) });
    const { text = '' } = bannerFor(sampleSnapshot(now, { profiles: [profile] })) ?? {};
    expect(text).not.toContain(title);
  }
});
