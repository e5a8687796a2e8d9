import type { UserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { actionAt, type ActionPlace, type ProblemAction } from '../../shared/problem-action.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { bannerFor } from '../model/banner.ts';
import { currentProfileOf } from '../model/current-profile.ts';
import { problemReport } from '../model/problem-report.ts';
import { notify, showScreen, useApp } from './app-store.ts';
import { command, copyText } from './commands.ts';
import { signInTo } from './sign-in-to.ts';

/**
 * The buttons of a failure that is told in passing: the one that helps, and “What’s wrong?”; none that the banner has
 * already, so that a sign-in is asked for in one place. `canRetry` when what failed can be done once more.
 */
export function actionsHere({ code }: UserProblem, canRetry: boolean): readonly ProblemAction[] {
  const { snapshot, screen, dismissedBanners: dismissed } = useApp.getState();
  const place = { canRetry, relay: relayStanding(inFront()), isDiagnosing: screen === 'diagnostics' };
  const atTop = snapshot === null ? undefined : bannerFor(snapshot, { dismissed })?.action?.type;
  const canDiagnose = place.relay === 'signed-in' && !place.isDiagnosing;
  const actions: readonly ProblemAction[] = canDiagnose ? [actionAt(code, place), 'diagnose'] : [actionAt(code, place)];
  return [...new Set(actions)].filter((action) => action !== atTop);
}

/** How the relay of a profile stands, for the choice of an action. */
export function relayStanding(profile: ProfileSnapshot | null): ActionPlace['relay'] {
  if (profile === null) return null;
  return profile.signIn.status === 'signed-in' ? 'signed-in' : 'not-signed-in';
}

function inFront(): ProfileSnapshot | null {
  const { snapshot } = useApp.getState();
  return snapshot === null ? null : currentProfileOf(snapshot);
}

/** Does what a failure's button says; `profile` is the one that failed, the one in front if left out. */
export function doProblemAction(
  action: ProblemAction,
  problem: UserProblem,
  { profile = inFront(), retry }: { readonly profile?: ProfileSnapshot | null; readonly retry?: () => void } = {},
): void {
  switch (action) {
    case 'try-again':
      return retry?.();
    case 'try-now':
      return profile === null ? undefined : command('tunnel:try-now', { profileId: profile.id });
    case 'sign-in':
      return profile === null ? undefined : signInTo(profile);
    case 'open-network-page':
      return profile === null ? undefined : command('network:open-sign-in-page', { profileId: profile.id });
    case 'copy-for-it':
      return void copyForIt(problem, profile?.relayName ?? null, useApp.getState().snapshot?.appVersion ?? null);
    case 'show-apis':
      return showScreen('apis');
    case 'show-activity':
      return showScreen('activity');
    case 'show-access':
      return showScreen('access');
    case 'show-requests':
      return showScreen(profile?.requests?.decides === true ? 'requests' : 'access');
    case 'show-settings':
      return showScreen('settings');
    case 'diagnose':
      return showScreen('diagnostics');
  }
}

async function copyForIt(problem: UserProblem, relay: string | null, appVersion: string | null): Promise<void> {
  if (!(await copyText(problemReport(problem, relay, appVersion)))) return;
  notify({ tone: 'info', title: text('problem-action.copied'), text: text('problem-action.copied.text') });
}
