import type { Snapshot } from '../../shared/snapshot.ts';
import { bridge } from '../bridge.ts';
import { appendActivity } from '../model/activity-log.ts';
import { resetView, showScreen, showSearch, useApp } from './app-store.ts';
import { ask } from './commands.ts';
import { showLanguage } from './show-language.ts';

/**
 * Keeps the store equal to the main process' state from now on: subscribes first, then reads, so that nothing
 * pushed in between is lost. Returns the function that stops it.
 */
export function startMirror(): () => void {
  showLanguage('system');
  const onSystemChange = () => showLanguage(useApp.getState().snapshot?.settings.language ?? 'system');
  addEventListener('languagechange', onSystemChange);
  const stops = [
    () => removeEventListener('languagechange', onSystemChange),
    bridge().subscribe('state:did-change', takeSnapshot),
    bridge().subscribe('activity:did-append', ({ profileId, added }) => {
      const { snapshot, activity } = useApp.getState();
      if (snapshot?.currentProfileId !== profileId || activity.status !== 'ready') return;
      useApp.setState({ activity: { status: 'ready', ...appendActivity(activity, added) } });
    }),
    bridge().subscribe('app:did-request', ({ show }) => {
      if (show === 'search') showSearch();
      else if (show === 'settings') showScreen('settings');
      else useApp.setState({ addingRelay: true });
    }),
  ];
  void loadState();
  return () => {
    for (const stop of stops) stop();
  };
}

/** Reads the whole state once; also what “Try again” does when that failed. */
export async function loadState(): Promise<void> {
  useApp.setState({ loadProblem: null });
  const result = await ask('state:get');
  if (!result.ok) {
    useApp.setState({ loadProblem: result.problem });
    return;
  }
  if (useApp.getState().snapshot === null) takeSnapshot(result.value);
}

/** Reads the current profile's activity. */
export async function loadActivity(): Promise<void> {
  const profileId = useApp.getState().snapshot?.currentProfileId;
  useApp.setState({ activity: { status: 'loading' } });
  const result = await ask('activity:get');
  if (useApp.getState().snapshot?.currentProfileId !== profileId) return;
  useApp.setState({
    activity: result.ok ? { status: 'ready', ...result.value } : { status: 'failed', problem: result.problem },
  });
}

function takeSnapshot(snapshot: Snapshot): void {
  const before = useApp.getState().snapshot;
  showLanguage(snapshot.settings.language);
  useApp.setState({ snapshot, loadProblem: null });
  document.documentElement.dataset['theme'] = snapshot.settings.theme;
  if (before === null || before.currentProfileId !== snapshot.currentProfileId) {
    resetView();
    void loadActivity();
  }
}
