import { updateLine } from '../../shared/app-update-text.ts';
import type { AppUpdate } from '../../shared/app-update.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { type Cause, causeOf } from '../../shared/cause.ts';
import { causeSentences, causeText } from '../../shared/cause-text.ts';
import type { UserProblem } from '../../shared/errors.ts';
import { nothingManaged } from '../../shared/managed/managed-state.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { stepUpSentence } from '../../shared/step-up-text.ts';
import { apiName, catalogOf, currentProfileOf } from './current-profile.ts';
import { formatRelative } from '../../ui/model/format.ts';
import { lockBanner } from './lock-text.ts';
import { newDeviceText, newDeviceTitle } from './new-device-text.ts';
import { waitingText } from './cause-note.ts';
import { text } from '../../shared/messages/text.ts';
import { problemInWords } from '../../shared/problem-words.ts';

export type BannerAction =
  | 'sign-in'
  | 'step-up'
  | 'try-now'
  | 'open-network-page'
  | 'reopen-browser'
  | 'refresh-catalog'
  | 'open-settings'
  | 'open-sessions'
  | 'restart-for-update'
  | 'download-update'
  | 'dismiss';

/** The one message at the top of the window. `countdownToMs` is when the app itself acts next. */
export interface Banner {
  readonly key: string;
  readonly tone: 'info' | 'warning' | 'danger';
  readonly title: string;
  readonly text: string;
  readonly action: { readonly type: BannerAction; readonly label: string } | null;
  readonly countdownToMs: number | null;
}

export interface BannerCircumstances {
  /** Keys of the banners that the person closed. */
  readonly dismissed: readonly string[];
  /** The present time; left out, how long something has lasted plays no part. */
  readonly nowMs?: number;
}

/** A link that comes back sooner is nobody's concern: connections wait, and nothing jumps in the window. */
const blinkMs = 1500;

/** Picks the most urgent thing to say about the current profile, or null. Whatever fails, there is one banner. */
export function bannerFor(snapshot: Snapshot, circumstances: BannerCircumstances = { dismissed: [] }): Banner | null {
  const profile = currentProfileOf(snapshot);
  if (profile === null) return null;
  const banner =
    signInBanner(profile, circumstances) ??
    (snapshot.appUpdate?.isRequired === true ? appUpdateBanner(snapshot, circumstances) : null) ??
    newDeviceBanner(profile, circumstances) ??
    stepUpBanner(profile, catalogOf(profile)) ??
    causeBanner(profile, circumstances) ??
    renewalBanner(profile) ??
    gatewayBanner(snapshot) ??
    lockBanner(catalogOf(profile)) ??
    catalogBanner(profile) ??
    appUpdateBanner(snapshot, circumstances) ??
    policyBanner(snapshot) ??
    updateBanner(snapshot, profile) ??
    storageBanner(snapshot, profile);
  return banner !== null && circumstances.dismissed.includes(banner.key) ? null : banner;
}

/** Whether Diagnostics can tell more about it: what is in the way, not what the person is asked for. */
export function isTrouble({ key, tone }: Banner): boolean {
  return tone !== 'info' && key !== 'step-up' && !key.startsWith('new-device-');
}

function fromProblem(
  key: string,
  tone: Banner['tone'],
  problem: UserProblem,
  action: Banner['action'],
  countdownToMs: number | null = null,
): Banner {
  const { title, hint } = problemInWords(problem);
  return { key, tone, title, text: hint, action, countdownToMs };
}

function shortProblem(problem: UserProblem): string {
  const { title, hint } = problemInWords(problem);
  return text('app.problem-short', { title, hint });
}

function signInBanner({ signIn }: ProfileSnapshot, { nowMs }: BannerCircumstances): Banner | null {
  switch (signIn.status) {
    case 'expired':
      return {
        ...fromProblem('expired', 'danger', signIn.problem, { type: 'sign-in', label: text('banner.sign-in') }),
        ...(signIn.problem.code === 'session-revoked' ? { text: endText(signIn.problem, nowMs) } : {}),
      };
    case 'waiting-for-browser':
      return {
        key: 'waiting',
        tone: 'info',
        title: text('banner.waiting'),
        text: text('banner.waiting.text'),
        action: { type: 'reopen-browser', label: text('sign-in.reopen') },
        countdownToMs: null,
      };
    case 'signed-out':
    case 'choosing-issuer':
    case 'contacting':
    case 'finishing':
    case 'signed-in':
      return null;
  }
}

/** Somebody has ended it: who, and how long ago. */
function endText({ detail, atMs }: UserProblem, nowMs: number | undefined): string {
  return nowMs === undefined
    ? detail
    : text('banner.ended', { detail, time: formatRelative(atMs, Math.max(atMs, nowMs)) });
}

function newDeviceBanner({ newDevices = [] }: ProfileSnapshot, { nowMs }: BannerCircumstances): Banner | null {
  const newest = newDevices.at(-1);
  if (newest === undefined) return null;
  return {
    key: `new-device-${newest.id}`,
    tone: 'warning',
    title: newDeviceTitle(newDevices),
    text: newDeviceText(newest, nowMs),
    action: { type: 'open-sessions', label: text('banner.look') },
    countdownToMs: null,
  };
}

function stepUpBanner({ stepUp }: ProfileSnapshot, catalog: Catalog | null): Banner | null {
  if (!stepUp) return null;
  if (stepUp.status === 'asked') {
    return {
      key: 'step-up',
      tone: 'warning',
      title:
        stepUp.api === null ? text('banner.sign-in') : text('banner.step-up', { api: apiName(catalog, stepUp.api) }),
      text:
        stepUp.problem === null
          ? stepUpSentence(stepUp.need, apiName(catalog, stepUp.api ?? ''))
          : shortProblem(stepUp.problem),
      action: { type: 'step-up', label: text('banner.sign-in') },
      countdownToMs: null,
    };
  }
  return {
    key: 'step-up-waiting',
    tone: 'info',
    title: text('banner.step-up-waiting'),
    text: text('banner.step-up-waiting.text'),
    action: stepUp.status === 'waiting-for-browser' ? { type: 'reopen-browser', label: text('sign-in.reopen') } : null,
    countdownToMs: null,
  };
}

function causeBanner(profile: ProfileSnapshot, { nowMs = Infinity }: BannerCircumstances): Banner | null {
  const cause = causeOf(profile);
  // An ended sign-in has a banner of its own; what has not failed needs none.
  if (cause === null || cause.awaits === 'sign-in' || cause.detail === null) return null;
  const passesSoon = cause.code === 'tunnel-down' || cause.code === 'relay-unreachable';
  if (passesSoon && nowMs - (cause.sinceMs ?? -Infinity) < blinkMs) return null;
  const waiting = waitingText(cause.waiting);
  return {
    key: `cause-${cause.code}`,
    tone: toneOf(cause),
    title: causeText(cause).title,
    text: waiting === '' ? causeSentences(cause) : `${causeSentences(cause)} ${waiting}`,
    action: causeAction(cause),
    countdownToMs: cause.nextAttemptAtMs,
  };
}

/** The one thing that helps, or that doesn't make the person wait for the next attempt. */
function causeAction({ code, awaits, nextAttemptAtMs }: Cause): Banner['action'] {
  if (awaits === 'sign-in-service') return { type: 'sign-in', label: text('banner.sign-in') };
  if (awaits === 'network-page') return { type: 'open-network-page', label: text('problem-action.open-network-page') };
  // Without any network, or while the relay restarts, an attempt more changes nothing.
  if (awaits === 'network' || code === 'relay-draining' || nextAttemptAtMs === null) return null;
  return { type: 'try-now', label: text('banner.try-now') };
}

function toneOf({ code, awaits }: Cause): Banner['tone'] {
  if (code === 'relay-draining') return 'info';
  return awaits === 'relay' || awaits === 'network' ? 'warning' : 'danger';
}

function renewalBanner({ signIn }: ProfileSnapshot): Banner | null {
  if (signIn.status !== 'signed-in' || signIn.renewalProblem === null) return null;
  return fromProblem('renewal', 'warning', signIn.renewalProblem, { type: 'sign-in', label: text('banner.sign-in') });
}

function gatewayBanner({ gateway }: Snapshot): Banner | null {
  if (gateway.status !== 'failed') return null;
  return {
    key: 'gateway',
    tone: 'warning',
    title: text('banner.gateway'),
    text: gateway.problem.detail,
    action: { type: 'open-settings', label: text('banner.change-port') },
    countdownToMs: null,
  };
}

function catalogBanner({ catalog }: ProfileSnapshot): Banner | null {
  if (catalog.status !== 'ready' || catalog.problem === null) return null;
  if (catalog.problem.code === 'locked') {
    const { title, detail } = problemInWords(catalog.problem);
    const action = { type: 'refresh-catalog', label: text('app.look-again') } as const;
    return { key: 'locked', tone: 'danger', title, text: detail, action, countdownToMs: null };
  }
  return {
    key: 'catalog',
    tone: 'warning',
    title: text('banner.catalog'),
    text: problemInWords(catalog.problem).title,
    action: { type: 'refresh-catalog', label: text('app.try-again') },
    countdownToMs: null,
  };
}

function policyBanner({ managed = nothingManaged }: Snapshot): Banner | null {
  if (managed.problems.length === 0) return null;
  return {
    key: 'policy',
    tone: 'warning',
    title: text('managed.banner'),
    text: text('managed.banner.text'),
    action: { type: 'open-settings', label: text('managed.banner.look') },
    countdownToMs: null,
  };
}

/** Failures of the network pass by themselves; Settings says them all the same. */
const quietFailures: readonly string[] = ['feed-unreachable', 'feed-stalled', 'download-broken'];

/** How long nothing believable may come before silence itself is told: somebody may keep updates away. */
const silenceMs = 14 * 86_400_000;

function isSilentForLong({ heardAtMs }: AppUpdate, nowMs: number): boolean {
  return heardAtMs !== null && nowMs - heardAtMs > silenceMs;
}

function appUpdateBanner(
  { appUpdate }: Snapshot,
  { nowMs = Number.NEGATIVE_INFINITY }: BannerCircumstances,
): Banner | null {
  if (appUpdate === undefined) return null;
  const { state, isRequired } = appUpdate;
  const base = { tone: isRequired ? 'danger' : 'info', countdownToMs: null } as const;
  switch (state.status) {
    case 'ready':
      if (state.laterUntilMs !== null && nowMs < state.laterUntilMs && !isRequired) return null;
      return {
        ...base,
        key: `update-ready-${state.offer.version}`,
        title: text('updates.banner.ready', { version: state.offer.version }),
        text: isRequired ? text('updates.required') : text('updates.banner.ready.text'),
        action: { type: 'restart-for-update', label: text('updates.restart') },
      };
    case 'offered':
      return {
        ...base,
        key: `update-offered-${state.offer.version}`,
        title: text('updates.banner.offered', { version: state.offer.version }),
        text: isRequired ? text('updates.required') : '',
        action: { type: 'download-update', label: text('updates.download') },
      };
    case 'failed':
      if (quietFailures.includes(state.reason) && !isSilentForLong(appUpdate, nowMs)) return null;
      return {
        ...base,
        tone: 'warning',
        key: `update-failed-${state.reason}`,
        title: text('updates.banner.failed'),
        text: updateLine(appUpdate),
        action: { type: 'open-settings', label: text('updates.banner.show') },
      };
    case 'off':
    case 'current':
    case 'checking':
    case 'downloading':
    case 'installing':
      return null;
  }
}

function updateBanner({ appVersion }: Snapshot, { update, signIn }: ProfileSnapshot): Banner | null {
  if (update === undefined || signIn.status !== 'signed-in') return null;
  const { recommendedVersion, howToUpdate } = update;
  return {
    key: `update-${recommendedVersion}`,
    tone: 'info',
    title: text('banner.update', { version: recommendedVersion }),
    text: `${text('banner.update.yours', { version: appVersion })} ${howToUpdate ?? text('banner.update.ask')}`,
    action: { type: 'dismiss', label: text('banner.got-it') },
    countdownToMs: null,
  };
}

function storageBanner({ secretStore }: Snapshot, { signIn }: ProfileSnapshot): Banner | null {
  if (secretStore.kind !== 'memory' || signIn.status !== 'signed-in') return null;
  return {
    key: 'memory-storage',
    tone: 'info',
    title: text('banner.memory'),
    text: text('banner.memory.text'),
    action: { type: 'dismiss', label: text('banner.got-it') },
    countdownToMs: null,
  };
}
