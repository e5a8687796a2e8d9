import { beforeEach, describe, expect, test } from 'vitest';
import { type NoticeCentre, openNoticeCentre } from '../../electron/notice-centre.ts';
import { grantWarningMs, noticesDue, revokedNoticeId } from '../../electron/notices-due.ts';
import { systemNotice } from '../../electron/system-notice.ts';
import type { ShownRequest } from '../../shared/access-request.ts';
import type { AppUpdate } from '../../shared/app-update.ts';
import type { Catalog, Quota } from '../../shared/catalog.ts';
import { problemTexts } from '../../shared/errors.ts';
import { mostNotices, type Notice } from '../../shared/notice.ts';
import { noticeAction } from '../../shared/notice-action.ts';
import { noticeWords } from '../../shared/notice-text.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import { lockedCatalog, sampleCatalog } from '../support/renderer-preview/sample-catalog.ts';
import { sampleRequest } from '../support/renderer-preview/sample-requests.ts';
import {
  onConnection,
  openTunnel,
  reconnecting,
  sampleProblem,
  sampleProfile,
  sampleSnapshot,
  signedIn,
} from '../support/renderer-preview/sample-snapshot.ts';

const nowMs = 1_700_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const expired: SignInState = { status: 'expired', problem: sampleProblem('sign-in-expired', 'It ended.', nowMs) };
const failing: SignInState = {
  ...signedIn(nowMs),
  renewalProblem: sampleProblem('renewal-failed', 'The provider is down.', nowMs),
};

/** A profile about which nothing is to be told, and what is changed of it. */
const profile = (change: Partial<ProfileSnapshot> = {}): ProfileSnapshot => ({
  ...sampleProfile(nowMs, {}),
  id: 'acme',
  catalog: ready(withQuota(null)),
  connections: {},
  ...change,
});
const snapshot = (change: Partial<ProfileSnapshot> = {}, notifications = true): Snapshot => {
  const sample = sampleSnapshot(nowMs);
  return { ...sample, settings: { ...sample.settings, notifications }, profiles: [profile(change)] };
};
const ready = (catalog: Catalog): ProfileSnapshot['catalog'] => ({
  status: 'ready',
  catalog,
  fetchedAtMs: nowMs,
  problem: null,
});
function withQuota(quota: Partial<Quota> | null): Catalog {
  const { client: _client, ...catalog } = sampleCatalog;
  const daily = { name: 'daily', limit: 100, left: 50, resetsAtMs: nowMs + hour, windowSeconds: 86_400 };
  const apis = catalog.apis.map(({ quotas: _quotas, ...api }) =>
    api.id === 'orders' && quota !== null ? { ...api, quotas: [{ ...daily, ...quota }] } : api,
  );
  return { ...catalog, apis };
}
const asked = (change: Partial<ShownRequest>): Partial<ProfileSnapshot> => ({
  requests: { requests: [sampleRequest({ mine: true, decidedBy: 'dana', ...change })], decides: false, leftOut: 0 },
});
const granted = (change: Partial<ShownRequest> = {}): Partial<ProfileSnapshot> =>
  asked({ status: 'approved', hours: 2, decidedAtMs: nowMs, expiresAtMs: nowMs + 2 * hour, ...change });
const kinds = (after: Snapshot, before: Snapshot | null = snapshot(), atMs = nowMs): readonly string[] =>
  noticesDue(before, after, atMs).due.map(({ facts }) => facts.kind);

describe('an update of the app', () => {
  const offer = { version: '1.1.0', notes: { en: '' }, sizeBytes: 1 };
  const update = (state: AppUpdate['state']): Snapshot => ({
    ...snapshot(),
    appUpdate: { installed: '1.0.0', channel: 'stable', checkedAtMs: null, heardAtMs: null, isRequired: false, state },
  });

  test.each<[AppUpdate['state'], string[]]>([
    [{ status: 'checking' }, []],
    [{ status: 'current', passedOver: null }, []],
    [{ status: 'downloading', offer, receivedBytes: 1 }, []],
    [{ status: 'offered', offer }, ['app-update-offered']],
    [{ status: 'ready', offer, laterUntilMs: null, byItself: true, onQuit: true }, ['app-update-ready']],
  ])('that is %j is told as %j', (state, kinds) => {
    expect(noticesDue(null, update(state), nowMs).due.map(({ facts }) => facts.kind)).toEqual(kinds);
  });

  test('is of no relay, has one id for each version, and leads to the settings', () => {
    const [due] = noticesDue(null, update({ status: 'offered', offer }), nowMs).due;
    expect(due).toMatchObject({ id: 'app update-offered 1.1.0', profileId: '', relayName: '' });
    const notice = { ...due, atMs: nowMs, read: false } as Notice;
    expect(systemNotice([notice], 'darwin')).toEqual({ title: 'Causeway 1.1.0 is there', body: expect.any(String) });
    expect(noticeAction(notice)).toMatchObject({ place: { show: 'settings' } });
  });
});

describe('what is told', () => {
  const device = { id: 's1', name: 'pc', system: 'Windows 11', appVersion: '1', sinceMs: nowMs, address: null };
  const need = { writes: true, demand: { maxAgeSeconds: 900 } };
  const stepUp = { status: 'asked', api: 'orders', need, problem: null } as const;
  const locked = (connected: string): Partial<ProfileSnapshot> => ({
    catalog: ready(lockedCatalog(nowMs)),
    connections: { [connected]: onConnection(connected, 7101, nowMs) },
  });
  const tooOld = sampleProblem('client-too-old', 'At least 2.0.0 is needed.', nowMs);

  test.each<[string, Partial<ProfileSnapshot>, readonly string[]]>([
    ['nothing while all is well', {}, []],
    ['not a sign-out that the person wanted', { signIn: { status: 'signed-out', problem: null } }, []],
    [
      'not a sign-in that ends in a year',
      { signIn: { ...signedIn(nowMs), ends: { atMs: nowMs + 9 * hour, warnAtMs: nowMs + 8 * hour } } },
      [],
    ],
    [
      'a sign-in that ends soon',
      { signIn: { ...signedIn(nowMs), ends: { atMs: nowMs + hour, warnAtMs: nowMs } } },
      ['sign-in-ending'],
    ],
    ['a sign-in that has ended', { signIn: expired }, ['sign-in-ended']],
    ['a renewal that fails', { signIn: failing }, ['sign-in-failing']],
    ['a sign-in on a new device', { newDevices: [device] }, ['new-device']],
    [
      'each emergency sign-in that an owner hears of, however it was the account’s before',
      {
        emergencies: [
          { account: 'kim', atMs: nowMs },
          { account: 'kim', atMs: nowMs - hour },
          { account: 'kim', atMs: nowMs, by: 'mia' },
        ],
      },
      ['emergency-sign-in', 'emergency-sign-in', 'emergency-invitation'],
    ],
    ['a fresh sign-in that a rule asks for', { stepUp }, ['step-up']],
    ['a lock on an API that is on', locked('orders'), ['api-locked']],
    ['not a lock on an API that is off', locked('deployments'), []],
    ['a relay that drains', { tunnel: { ...openTunnel(nowMs), draining: true } }, ['relay-draining']],
    ['not a relay that is gone', { tunnel: reconnecting('relay-unreachable', 'No answer.', nowMs) }, []],
    ['a newer version', { update: { recommendedVersion: '2.0.0' } }, ['update-recommended']],
    ['a version that is needed', { signIn: { status: 'expired', problem: tooOld } }, ['update-required']],
    ['not a limit that has enough left', { catalog: ready(withQuota({ left: 21 })) }, []],
    ['not a limit of a minute', { catalog: ready(withQuota({ left: 0, windowSeconds: 60 })) }, []],
    ['a limit of which 80 % are used', { catalog: ready(withQuota({ left: 20 })) }, ['quota-low']],
    ['a limit that is gone', { catalog: ready(withQuota({ left: 0 })) }, ['quota-gone']],
    ['not one’s own request that waits', asked({ status: 'pending', decidedBy: null }), []],
    ['one’s own request that was approved', granted(), ['request-approved']],
    [
      'one’s own request that was refused',
      asked({ status: 'refused', decidedAtMs: nowMs - hour }),
      ['request-refused'],
    ],
    ['not one that was refused last week', asked({ status: 'refused', decidedAtMs: nowMs - 170 * hour }), []],
    ['not one that was taken back', asked({ status: 'cancelled', decidedBy: null }), []],
    ['a grant that was ended early', granted({ status: 'revoked', expiresAtMs: nowMs }), ['grant-revoked']],
    ['a grant that is over', granted({ status: 'expired', expiresAtMs: nowMs }), ['grant-ended']],
    [
      'a grant that ends soon',
      granted({ decidedAtMs: nowMs - 25 * hour, expiresAtMs: nowMs + 5 * minute }),
      ['grant-ending'],
    ],
    [
      'a request that the person decides on',
      { requests: { requests: [sampleRequest()], decides: true, leftOut: 0 } },
      ['request-to-decide'],
    ],
    [
      'not one that others have decided',
      { requests: { requests: [sampleRequest({ status: 'approved' })], decides: true, leftOut: 0 } },
      [],
    ],
  ])('%s', (_what, change, told) => {
    expect(kinds(snapshot(change))).toEqual(told);
  });

  test('on the first look only what the state itself says', () => {
    expect(kinds(snapshot({ signIn: expired }), null)).toEqual([]);
    expect(kinds(snapshot({ stepUp }), null)).toEqual([]);
    expect(kinds(snapshot(granted()), null)).toEqual(['request-approved']);
  });

  test('again only when it is something else', () => {
    const idsOf = (change: Partial<ProfileSnapshot>, atMs = nowMs): readonly string[] =>
      noticesDue(null, snapshot(change), atMs).due.map(({ id }) => id);
    const later = idsOf({ catalog: ready(withQuota({ left: 10, resetsAtMs: nowMs + hour + 40 })) }, nowMs + minute);
    expect(later).toEqual(idsOf({ catalog: ready(withQuota({ left: 20 })) }));
    expect(idsOf({ catalog: ready(withQuota({ left: 0 })) })).not.toEqual(later);
    expect(idsOf({ catalog: ready(withQuota({ left: 10, resetsAtMs: nowMs + 25 * hour })) })).not.toEqual(later);
  });

  test('before a grant ends, and says when to look again', () => {
    expect([0.1, 1, 2, 100].map((hours) => grantWarningMs(hours) / minute)).toEqual([1.5, 15, 30, 30]);
    const { nextAtMs } = noticesDue(null, snapshot(granted()), nowMs);
    expect(nextAtMs).toBe(nowMs + 90 * minute);
    expect(kinds(snapshot(granted()), snapshot(), nextAtMs)).toContain('grant-ending');
    expect(kinds(snapshot(granted()), snapshot(), nowMs + 2 * hour)).not.toContain('grant-ending');
    expect(noticesDue(null, snapshot(), nowMs).nextAtMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the centre', () => {
  let kept: string | null = null;
  let shown: string[][] = [];
  let time = nowMs;
  const open = (): Promise<NoticeCentre> =>
    openNoticeCentre({
      place: {
        read: async () => kept,
        write: async (next) => void (kept = next),
        delete: async () => void (kept = null),
      },
      now: () => time,
      onNew: (notices) => void shown.push(notices.map(({ facts }) => facts.kind)),
      onChange: () => undefined,
      onUnkept: () => undefined,
    });
  beforeEach(() => {
    kept = null;
    shown = [];
    time = nowMs;
  });

  test('tells each thing once, whatever comes again', async () => {
    const centre = await open();
    centre.observe(snapshot());
    centre.observe(snapshot(granted()));
    centre.observe(snapshot({ ...granted(), tunnel: reconnecting('relay-unreachable', 'No answer.', nowMs) }));
    centre.observe(snapshot(granted()));
    expect(shown).toEqual([['request-approved']]);
    await centre.close();
    const restarted = await open();
    restarted.observe(snapshot(granted()));
    expect(shown).toHaveLength(1);
    expect(restarted.list()).toMatchObject([{ read: false, relayName: 'Acme', atMs: nowMs }]);
    await restarted.close();
  });

  test('keeps what was read, and doesn’t tell again what was cleared', async () => {
    const centre = await open();
    centre.observe(snapshot(granted()));
    centre.markRead(['nothing such']);
    expect(centre.list()).toMatchObject([{ read: false }]);
    centre.markRead('all');
    await centre.close();
    const restarted = await open();
    expect(restarted.list()).toMatchObject([{ read: true }]);
    restarted.clear();
    restarted.observe(snapshot(granted()));
    expect(restarted.list()).toEqual([]);
    expect(shown).toHaveLength(1);
    await restarted.close();
  });

  test('doesn’t tell the person of an end that was the person’s own doing', async () => {
    const centre = await open();
    centre.observe(snapshot(granted({ id: 'mine' })));
    centre.skip(revokedNoticeId('acme', 'mine'));
    centre.observe(snapshot(granted({ id: 'mine', status: 'revoked', expiresAtMs: nowMs })));
    expect(shown).toEqual([['request-approved']]);
    await centre.close();
  });

  test('notes without a system notification what happens while the person wants none', async () => {
    const centre = await open();
    centre.observe(snapshot(granted(), false));
    expect(centre.list()).toHaveLength(1);
    expect(shown).toEqual([]);
    await centre.close();
  });

  test('forgets what was told of a relay when the person signs out there', async () => {
    const centre = await open();
    centre.observe(snapshot(granted()));
    centre.observe(snapshot({ signIn: { status: 'signed-out', problem: null } }));
    await centre.close();
    expect(centre.list()).toEqual([]);
    expect(kept).toBeNull();
  });

  test.each([
    ['somebody else', 'bob', 0, 2],
    ['the same person', 'alice', 1, 1],
  ])('after a sign-in of %s, in the same run or a later one', async (_who, person, left, told) => {
    for (const isLater of [false, true]) {
      kept = null;
      shown = [];
      let centre = await open();
      centre.observe(snapshot({ ...granted(), person: 'alice' }));
      if (isLater) {
        await centre.close();
        centre = await open();
      }
      centre.observe(snapshot({ person }));
      expect(centre.list()).toHaveLength(left);
      centre.observe(snapshot({ ...granted(), person }));
      expect(shown).toHaveLength(told);
      await centre.close();
    }
  });

  test('is bounded, newest first', async () => {
    const centre = await open();
    for (let index = 0; index < mostNotices + 20; index += 1) {
      centre.observe(snapshot(granted({ id: `r${index}` })));
    }
    expect(centre.list()).toHaveLength(mostNotices);
    expect(centre.list()[0]?.id).toContain(`r${mostNotices + 19}`);
    await centre.close();
  });

  test('tells none of many again, however many are due, and keeps a bounded number of others', async () => {
    const centre = await open();
    const requests = (from: number, count: number): ShownRequest[] =>
      Array.from({ length: count }, (_, index) => sampleRequest({ id: `many${from + index}` }));
    const due = (from: number, count: number): Snapshot =>
      snapshot({ requests: { requests: requests(from, count), decides: true, leftOut: 0 } });
    centre.observe(due(0, 800));
    centre.observe(due(0, 801));
    centre.observe(due(0, 801));
    expect(shown.map(({ length }) => length)).toEqual([800, 1]);
    centre.observe(due(2000, 1));
    await centre.close();
    expect((JSON.parse(kept ?? '') as { told: string[] }).told).toHaveLength(500);
  });

  test.each(['{', '[]', '{"notices":[{"id":1}],"told":[]}', 'null'])('begins anew with %s', async (text) => {
    kept = text;
    const centre = await open();
    expect(centre.list()).toEqual([]);
    centre.observe(snapshot(granted()));
    expect(centre.list()).toHaveLength(1);
    await centre.close();
  });
});

describe('a notice in words', () => {
  const notice = (change: Partial<ProfileSnapshot>): Notice => {
    const [due] = noticesDue(snapshot(), snapshot(change), nowMs).due;
    if (due === undefined) throw new Error('Nothing is told');
    return { ...due, atMs: nowMs, read: false };
  };

  test('an ended session says who ended it', () => {
    const problem = sampleProblem('session-revoked', 'You have ended it from “desktop”.', nowMs);
    expect(noticeWords(notice({ signIn: { status: 'expired', problem } })).body).toBe(
      'You have ended it from “desktop”.',
    );
  });

  test('a decision says by whom and why; what is one’s own to do is one button', () => {
    const refused = notice(asked({ status: 'refused', decidedAtMs: nowMs, note: 'Use the form' }));
    expect(noticeWords(refused)).toMatchObject({
      title: expect.stringContaining('dana refused') as string,
      body: '“Use the form”',
    });
    expect(noticeAction(refused)).toMatchObject({ type: 'show', place: { show: 'request' } });
    const approved = notice(granted({ api: 'orders', role: 'refunders' }));
    expect(noticeWords(approved).title).toMatch(/^dana approved your access to Orders/);
    expect(noticeWords(approved).body).toContain('refunders');
    expect(noticeAction(approved)).toMatchObject({ place: { show: 'api', api: 'orders' } });
    expect(noticeAction(notice({ signIn: expired }))).toMatchObject({ type: 'sign-in' });
  });

  test.each<[NodeJS.Platform, string]>([
    ['linux', '&lt;a href="https://evil.example"&gt;Approve &amp;amp; here&lt;/a&gt;'],
    ['darwin', '<a href="https://evil.example">Approve &amp; here</a>'],
    ['win32', '<a href="https://evil.example">Approve &amp; here</a>'],
  ])('a colleague’s reason is no markup where the body of a notification is: %s', (platform, body) => {
    const reason = '<a href="https://evil.example">Approve &amp; here</a>';
    const asks = notice({ requests: { requests: [sampleRequest({ reason })], decides: true, leftOut: 0 } });
    expect(systemNotice([asks], platform)?.body).toContain(body);
  });

  test('nothing in a name steers what shows it; the relay is named, and how many more there are', () => {
    const device = { id: 's', name: 'p\u202Ec', system: 'Windows 11', appVersion: '1', sinceMs: nowMs, address: null };
    const one = notice({ newDevices: [device] });
    expect(noticeWords(one).title).toBe('New sign-in on “p c”');
    expect(systemNotice([one], 'darwin')).toEqual({
      title: 'New sign-in on “p c”: Acme',
      body: 'Windows 11. If that wasn’t you, sign it out under Sessions and tell IT.',
    });
    expect(systemNotice([notice({ signIn: failing }), one, one], 'darwin')?.body).toMatch(/And 2 more\.$/);
    expect(systemNotice([], 'darwin')).toBeNull();
  });

  test('an emergency sign-in says whose and when, goes before others, and is urgent to the system', () => {
    const emergency = notice({ emergencies: [{ account: 'kim', atMs: nowMs }] });
    const { title, body } = noticeWords(emergency);
    expect(title).toBe('Emergency sign-in: kim');
    expect(body).toMatch(/^Somebody signed in with this emergency account at .*\d:\d\d.*\. If nobody told you why/);
    const shown = systemNotice([emergency, notice({ signIn: failing })], 'darwin');
    expect(shown).toMatchObject({ title: 'Emergency sign-in: kim: Acme', isUrgent: true });
    expect(shown?.body).toMatch(/And 1 more\.$/);
    const invited = notice({ emergencies: [{ account: 'kim', atMs: nowMs, by: 'mia' }] });
    expect(noticeWords(invited).body).toMatch(/^mia made a link to enrol .*\d:\d\d.*\. If nobody told you why/);
    expect(systemNotice([invited], 'darwin')).toMatchObject({ isUrgent: true });
    expect(noticeWords(notice({ signIn: failing })).body).toBe(problemTexts['renewal-failed'].hint);
  });
});
