import { beforeEach, describe, expect, test } from 'vitest';
import { bannerFor, isTrouble } from '../../../renderer/model/banner.ts';
import { useApp } from '../../../renderer/store/app-store.ts';
import { notifyProblem } from '../../../renderer/store/commands.ts';
import { doBannerAction } from '../../../renderer/store/do-banner-action.ts';
import { actionsHere, doProblemAction } from '../../../renderer/store/do-problem-action.ts';
import { showPlace } from '../../../renderer/store/show-place.ts';
import { causeOf } from '../../../shared/cause.ts';
import { causeText } from '../../../shared/cause-text.ts';
import { type ErrorCode, problemTexts, type UserProblem } from '../../../shared/errors.ts';
import { setLocale } from '../../../shared/messages/language.ts';
import { text } from '../../../shared/messages/text.ts';
import type { NoticeFacts } from '../../../shared/notice.ts';
import { noticeAction } from '../../../shared/notice-action.ts';
import { noticeWords } from '../../../shared/notice-text.ts';
import { type ActionPlace, actionAt, type ProblemAction } from '../../../shared/problem-action.ts';
import { problemInWords } from '../../../shared/problem-words.ts';
import type { ProfileSnapshot } from '../../../shared/snapshot.ts';
import {
  reconnecting,
  sampleProblem,
  sampleProfile,
  sampleSnapshot,
} from '../../support/renderer-preview/sample-snapshot.ts';

const nowMs = 1_800_000_000_000;
const codes = Object.keys(problemTexts) as ErrorCode[];
const languages = ['en', 'de'] as const;

interface Call {
  readonly channel: string;
  readonly argument: unknown;
}

let calls: Call[] = [];

/** The window with one relay in front, over a main process that notes what it is asked for. */
function open(change: Partial<ProfileSnapshot> = {}): ProfileSnapshot {
  const profile = sampleProfile(nowMs, change);
  useApp.setState(useApp.getInitialState(), true);
  useApp.setState({ snapshot: sampleSnapshot(nowMs, { profiles: [profile] }), screen: 'sessions' });
  calls = [];
  return profile;
}

beforeEach(() => {
  setLocale('en');
  const request = async (channel: string, argument: unknown) => {
    calls.push({ channel, argument });
    return { ok: true, value: null };
  };
  Object.assign(globalThis, { window: { causeway: { platform: 'linux', request, subscribe: () => () => undefined } } });
});

const places: readonly ActionPlace[] = [true, false].flatMap((canRetry) =>
  ([null, 'signed-in', 'not-signed-in'] as const).flatMap((relay) =>
    [true, false].map((isDiagnosing): ActionPlace => ({ canRetry, relay, isDiagnosing })),
  ),
);

/** What an action must lead to: a request to the main process, or a screen. */
const effects: Readonly<Record<Exclude<ProblemAction, 'try-again'>, string>> = {
  'try-now': 'tunnel:try-now',
  'sign-in': 'sign-in:start',
  'open-network-page': 'network:open-sign-in-page',
  'copy-for-it': 'clipboard:write',
  'show-apis': 'apis',
  'show-activity': 'activity',
  'show-access': 'access',
  'show-requests': 'access',
  'show-settings': 'settings',
  diagnose: 'diagnostics',
};

function did(expected: string): boolean {
  return useApp.getState().screen === expected || calls.some(({ channel }) => channel === expected);
}

function problemOf(code: ErrorCode): UserProblem {
  return { ...sampleProblem(code, `Observed: ${code}.`, nowMs), requestId: '01JD' };
}

describe.each(codes)('%s', (code) => {
  test.each(languages)('says what happened and what to do (%s)', (language) => {
    setLocale(language);
    const { title, hint } = problemInWords(problemOf(code));
    expect([title, hint].filter((words) => words.trim() === '')).toEqual([]);
    if (language === 'de') expect(title).not.toBe(problemTexts[code].title);
  });

  test('has one button at every place, which does what it says', () => {
    for (const place of places) {
      const action = actionAt(code, place);
      if (place.relay === null) expect(['try-again', 'copy-for-it']).toContain(action);
      if (!place.canRetry) expect(action).not.toBe('try-again');
      expect(text(`problem-action.${action}`)).not.toBe('');
      open();
      let retried = 0;
      doProblemAction(action, problemOf(code), { retry: () => void (retried += 1) });
      expect(action === 'try-again' ? retried === 1 : did(effects[action]), `${code}: ${action}`).toBe(true);
    }
  });

  test('as the cause that requests don’t pass: a banner, one button or “What’s wrong?”', () => {
    for (const tunnel of [reconnecting(code, `Observed: ${code}.`, nowMs - 60_000)]) {
      const profile = open({ tunnel });
      const cause = causeOf(profile);
      expect(cause?.code).toBe(code);
      if (cause !== null) expect(causeText(cause).title).not.toBe('');
      const { snapshot } = useApp.getState();
      const banner = snapshot === null ? null : bannerFor(snapshot, { dismissed: [], nowMs });
      // An end of the sign-in is told by the sign-in itself.
      if (banner === null) return expect(cause?.awaits).toBe('sign-in');
      expect(banner.title).not.toBe('');
      expect(banner.text).not.toBe('');
      expect(banner.action !== null || isTrouble(banner) || code === 'relay-draining').toBe(true);
      if (banner.action === null) return undefined;
      doBannerAction(banner.action.type, profile, banner.key);
      expect(calls.length).toBe(1);
    }
    return undefined;
  });

  test('as a short message, keeps what failed for its button', () => {
    open();
    notifyProblem(problemOf(code), () => undefined);
    const [notice] = useApp.getState().notices;
    expect(notice?.problem?.code).toBe(code);
    const [first, ...others] = actionsHere(problemOf(code), notice?.retry !== undefined);
    expect(first).toBeTypeOf('string');
    expect(others.filter((action) => action !== 'diagnose')).toEqual([]);
  });
});

test('a sign-in is asked for in one place: not in passing while the banner does', () => {
  open({ signIn: { status: 'expired', problem: problemOf('sign-in-expired') }, tunnel: { status: 'closed' } });
  expect(codes.filter((code) => actionsHere(problemOf(code), false).includes('sign-in'))).toEqual([]);
  open();
  expect(actionsHere(problemOf('sign-in-failed'), false)).toEqual(['sign-in', 'diagnose']);
});

test('what is copied for IT has what happened, the code, the request, the time, the relay and the version', async () => {
  open();
  doProblemAction('copy-for-it', problemOf('upstream-protocol'));
  await expect.poll(() => useApp.getState().notices.length).toBe(1);
  const [call] = calls;
  const copied = String((call?.argument as { readonly text?: string } | undefined)?.text);
  for (const part of [
    'The API sent a malformed answer',
    'Observed',
    'upstream-protocol',
    '01JD',
    '2027',
    'Acme',
    '0.1.0',
  ])
    expect(copied).toContain(part);
});

const role = { request: 'ar-1', api: 'orders', apiName: 'Orders', role: 'orders-admins' };
const quota = { api: 'orders', apiName: 'Orders', left: 1, limit: 10, resetsAtMs: nowMs };
const decided = { ...role, by: 'dana', note: '', endsAtMs: nowMs };
const facts: readonly NoticeFacts[] = [
  ...(['sign-in-ended', 'sign-in-failing', 'update-required', 'trouble'] as const).map((kind) => ({
    kind,
    title: 'What happened',
    detail: 'What to do.',
  })),
  { kind: 'sign-in-ending', endsAtMs: nowMs },
  { kind: 'new-device', name: 'mallory-pc', system: 'Windows 11', address: null },
  { kind: 'api-locked', api: 'orders', apiName: 'Orders', more: 0, reason: null },
  { kind: 'step-up', api: 'orders', apiName: 'Orders', reason: 'Writing needs it.' },
  { kind: 'quota-low', ...quota },
  { kind: 'quota-gone', ...quota },
  { kind: 'grant-ending', ...role, endsAtMs: nowMs },
  { kind: 'grant-ended', ...role, endsAtMs: nowMs },
  { kind: 'request-approved', ...decided },
  { kind: 'request-refused', ...decided },
  { kind: 'grant-revoked', ...decided },
  { kind: 'request-to-decide', ...role, by: 'alice', reason: 'Refunds' },
  { kind: 'emergency-sign-in', account: 'kim', signedInAtMs: nowMs },
  { kind: 'emergency-invitation', account: 'kim', by: 'mia', invitedAtMs: nowMs },
  { kind: 'relay-draining' },
  { kind: 'update-recommended', version: '0.2.0', howToUpdate: null },
  { kind: 'app-update-ready', version: '0.2.0' },
  { kind: 'app-update-offered', version: '0.2.0' },
];

describe.each(facts)('the notice $kind', (fact) => {
  test.each(languages)('has words for what happened, what to do and its button (%s)', (language) => {
    setLocale(language);
    const { title, body, action } = noticeWords({ facts: fact, atMs: nowMs });
    expect([title, body, action].filter((words) => words.trim() === '')).toEqual([]);
  });

  test('leads somewhere', () => {
    const { id } = open({
      requests: { requests: [], decides: false, leftOut: 0 },
    });
    useApp.setState({ screen: 'activity' });
    const action = noticeAction({ facts: fact, profileId: id });
    if (action.type === 'sign-in') return expect(action.profileId).toBe(id);
    showPlace(action.place);
    const { screen, notices } = useApp.getState();
    // A request that is gone meanwhile is said to be.
    return expect(screen !== 'activity' || notices.length === 1).toBe(true);
  });
});
