import type { Catalog } from '../../shared/catalog.ts';
import type { UserProblem } from '../../shared/errors.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { apiName, catalogOf, currentProfileOf } from './current-profile.ts';
import { formatRelative } from '../../ui/model/format.ts';
import { lockBanner } from './lock-text.ts';
import { newDeviceText, newDeviceTitle } from './new-device-text.ts';
import { waitingText } from './tunnel-text.ts';

export type BannerAction =
  | 'sign-in'
  | 'step-up'
  | 'reopen-browser'
  | 'refresh-catalog'
  | 'open-settings'
  | 'open-sessions'
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
  /** Whether the system sees any network. */
  readonly online: boolean;
  /** Keys of the banners that the person closed. */
  readonly dismissed: readonly string[];
  /** The present time; left out, how long something has lasted plays no part. */
  readonly nowMs?: number;
}

/** A link that comes back sooner is nobody's concern: connections wait, and nothing jumps in the window. */
const blinkMs = 1500;

/** Picks the most urgent thing to say about the current profile, or null. Whatever fails, there is one banner. */
export function bannerFor(
  snapshot: Snapshot,
  circumstances: BannerCircumstances = { online: true, dismissed: [] },
): Banner | null {
  const profile = currentProfileOf(snapshot);
  if (profile === null) return null;
  const banner =
    signInBanner(profile, circumstances) ??
    newDeviceBanner(profile, circumstances) ??
    stepUpBanner(profile, catalogOf(profile)) ??
    tunnelBanner(profile, circumstances) ??
    renewalBanner(profile) ??
    gatewayBanner(snapshot) ??
    lockBanner(catalogOf(profile)) ??
    catalogBanner(profile) ??
    updateBanner(snapshot, profile) ??
    storageBanner(snapshot, profile);
  return banner !== null && circumstances.dismissed.includes(banner.key) ? null : banner;
}

function fromProblem(
  key: string,
  tone: Banner['tone'],
  problem: UserProblem,
  action: Banner['action'],
  countdownToMs: number | null = null,
): Banner {
  return { key, tone, title: problem.title, text: problem.hint, action, countdownToMs };
}

function signInBanner({ signIn }: ProfileSnapshot, { nowMs }: BannerCircumstances): Banner | null {
  switch (signIn.status) {
    case 'expired':
      return {
        ...fromProblem('expired', 'danger', signIn.problem, { type: 'sign-in', label: 'Sign in again' }),
        ...(signIn.problem.code === 'session-revoked' ? { text: endText(signIn.problem, nowMs) } : {}),
      };
    case 'waiting-for-browser':
      return {
        key: 'waiting',
        tone: 'info',
        title: 'Finish signing in in your browser',
        text: 'Your connections come back by themselves.',
        action: { type: 'reopen-browser', label: 'Open the page again' },
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
  return nowMs === undefined ? detail : `${detail} That was ${formatRelative(atMs, nowMs)}.`;
}

function newDeviceBanner({ newDevices = [] }: ProfileSnapshot, { nowMs }: BannerCircumstances): Banner | null {
  const newest = newDevices.at(-1);
  if (newest === undefined) return null;
  return {
    key: `new-device-${newest.id}`,
    tone: 'warning',
    title: newDeviceTitle(newDevices),
    text: newDeviceText(newest, nowMs),
    action: { type: 'open-sessions', label: 'Look at it' },
    countdownToMs: null,
  };
}

function stepUpBanner({ stepUp }: ProfileSnapshot, catalog: Catalog | null): Banner | null {
  if (!stepUp) return null;
  if (stepUp.status === 'asked') {
    return {
      key: 'step-up',
      tone: 'warning',
      title: stepUp.api === null ? 'Sign in again' : `Sign in again for ${apiName(catalog, stepUp.api)}`,
      text: stepUp.problem === null ? stepUp.reason : `${stepUp.problem.title}. ${stepUp.problem.hint}`,
      action: { type: 'step-up', label: 'Sign in again' },
      countdownToMs: null,
    };
  }
  return {
    key: 'step-up-waiting',
    tone: 'info',
    title: 'Finish signing in again in your browser',
    text: 'Your connections stay up.',
    action: stepUp.status === 'waiting-for-browser' ? { type: 'reopen-browser', label: 'Open the page again' } : null,
    countdownToMs: null,
  };
}

function tunnelBanner(
  { tunnel, relayName }: ProfileSnapshot,
  { online, nowMs = Infinity }: BannerCircumstances,
): Banner | null {
  if (tunnel.status === 'open') return null;
  if (!online) {
    return {
      key: 'offline',
      tone: 'warning',
      title: 'You’re offline',
      text: 'Causeway reconnects when the network is back.',
      action: null,
      countdownToMs: null,
    };
  }
  if (tunnel.status !== 'reconnecting') return null;
  const { problem, nextAttemptAtMs, sinceMs } = tunnel;
  if (problem.code === 'relay-draining') return fromProblem('draining', 'info', problem, null, nextAttemptAtMs);
  if (problem.code === 'client-too-old') {
    const { title, detail, hint } = problem;
    const tooOld = fromProblem('too-old', 'danger', problem, null, nextAttemptAtMs);
    return { ...tooOld, title, text: `${detail} ${hint}` };
  }
  if (problem.code !== 'tunnel-down' && problem.code !== 'relay-unreachable') {
    return fromProblem(`tunnel-${problem.code}`, 'danger', problem, null, nextAttemptAtMs);
  }
  if (nowMs - sinceMs < blinkMs) return null;
  return {
    key: 'reconnecting',
    tone: 'warning',
    title: `Reconnecting to ${relayName}`,
    text: `${waitingText(tunnel.waiting)}Causeway tries again by itself.`,
    action: null,
    countdownToMs: nextAttemptAtMs,
  };
}

function renewalBanner({ signIn }: ProfileSnapshot): Banner | null {
  if (signIn.status !== 'signed-in' || signIn.renewalProblem === null) return null;
  return fromProblem('renewal', 'warning', signIn.renewalProblem, { type: 'sign-in', label: 'Sign in again' });
}

function gatewayBanner({ gateway }: Snapshot): Banner | null {
  if (gateway.status !== 'failed') return null;
  return {
    key: 'gateway',
    tone: 'warning',
    title: 'Addresses by name don’t work',
    text: gateway.problem.detail,
    action: { type: 'open-settings', label: 'Change the port' },
    countdownToMs: null,
  };
}

function catalogBanner({ catalog }: ProfileSnapshot): Banner | null {
  if (catalog.status !== 'ready' || catalog.problem === null) return null;
  if (catalog.problem.code === 'locked') {
    const { title, detail } = catalog.problem;
    const action = { type: 'refresh-catalog', label: 'Look again' } as const;
    return { key: 'locked', tone: 'danger', title, text: detail, action, countdownToMs: null };
  }
  return {
    key: 'catalog',
    tone: 'warning',
    title: 'The list of APIs may be out of date',
    text: catalog.problem.title,
    action: { type: 'refresh-catalog', label: 'Try again' },
    countdownToMs: null,
  };
}

function updateBanner({ appVersion }: Snapshot, { update, signIn }: ProfileSnapshot): Banner | null {
  if (update === undefined || signIn.status !== 'signed-in') return null;
  const { recommendedVersion, howToUpdate } = update;
  return {
    key: `update-${recommendedVersion}`,
    tone: 'info',
    title: `Causeway ${recommendedVersion} is recommended`,
    text: `You have ${appVersion}. ${howToUpdate ?? 'Ask IT where you get it.'}`,
    action: { type: 'dismiss', label: 'Got it' },
    countdownToMs: null,
  };
}

function storageBanner({ secretStore }: Snapshot, { signIn }: ProfileSnapshot): Banner | null {
  if (secretStore.kind !== 'memory' || signIn.status !== 'signed-in') return null;
  return {
    key: 'memory-storage',
    tone: 'info',
    title: 'This system offers no encrypted storage',
    text: 'You stay signed in only until Causeway quits.',
    action: { type: 'dismiss', label: 'Got it' },
    countdownToMs: null,
  };
}
