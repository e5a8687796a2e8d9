import type { Snapshot } from '../../shared/snapshot.ts';
import { applyPatch, type StateStep } from '../../shared/state-patch.ts';
import { bridge } from '../bridge.ts';
import { appendActivity } from '../model/activity-log.ts';
import { text } from '../../shared/messages/text.ts';
import { foundKnownAccount } from '../model/known-account.ts';
import { type AppState, notify, resetView, useApp } from './app-store.ts';
import { ask } from './commands.ts';
import { showPlace, showWantedPlace } from './show-place.ts';
import { showLanguage } from './show-language.ts';

/** Which of the main process' states the store holds; null while the whole state is being read. */
let sequence: number | null = null;
/** What came while it was. */
let early: StateStep[] = [];
let watched = { visible: false, activity: false };

/**
 * Keeps the store equal to the main process' state from now on: subscribes first, then reads, so that nothing
 * pushed in between is lost. Returns the function that stops it.
 */
export function startMirror(): () => void {
  showLanguage('system');
  const onSystemChange = () => showLanguage(useApp.getState().snapshot?.settings.language ?? 'system');
  addEventListener('languagechange', onSystemChange);
  document.addEventListener('visibilitychange', tellWatched);
  const stops = [
    () => removeEventListener('languagechange', onSystemChange),
    () => document.removeEventListener('visibilitychange', tellWatched),
    useApp.subscribe(tellWatched),
    bridge().subscribe('state:did-change', takeStep),
    bridge().subscribe('activity:did-append', ({ profileId, added }) => {
      const { snapshot, activity } = useApp.getState();
      if (snapshot?.currentProfileId !== profileId || activity.status !== 'ready') return;
      useApp.setState({ activity: { status: 'ready', ...appendActivity(activity, added) } });
    }),
    bridge().subscribe('app:did-request', showPlace),
    bridge().subscribe('notices:did-change', (keptNotices) => useApp.setState({ keptNotices })),
  ];
  tellWatched();
  void loadState();
  void loadNotices();
  return () => {
    for (const stop of stops) stop();
  };
}

/** Reads the whole state once; also what “Try again” does when that failed. */
export async function loadState(): Promise<void> {
  sequence = null;
  useApp.setState({ loadProblem: null });
  const result = await ask('state:get');
  if (!result.ok) {
    useApp.setState({ loadProblem: result.problem });
    return;
  }
  sequence = result.value.sequence;
  takeSnapshot(result.value.snapshot);
  const missed = early;
  early = [];
  for (const step of missed) takeStep(step);
}

async function loadNotices(): Promise<void> {
  const result = await ask('notices:get');
  if (result.ok) useApp.setState({ keptNotices: result.value });
}

/** Reads the current profile's activity; what is there stays meanwhile. */
export async function loadActivity(): Promise<void> {
  const profileId = useApp.getState().snapshot?.currentProfileId;
  const result = await ask('activity:get');
  if (useApp.getState().snapshot?.currentProfileId !== profileId) return;
  useApp.setState({
    activity: result.ok ? { status: 'ready', ...result.value } : { status: 'failed', problem: result.problem },
  });
}

function takeStep(step: StateStep): void {
  if (sequence === null) {
    early.push(step);
    return;
  }
  if (step.sequence <= sequence) return;
  const { snapshot } = useApp.getState();
  if (step.sequence !== sequence + 1 || snapshot === null) {
    void loadState();
    return;
  }
  sequence = step.sequence;
  takeSnapshot(applyPatch(snapshot, step.patch));
}

function takeSnapshot(snapshot: Snapshot): void {
  const before = useApp.getState().snapshot;
  showLanguage(snapshot.settings.language);
  useApp.setState({ snapshot, loadProblem: null });
  document.documentElement.dataset['theme'] = snapshot.settings.theme;
  tellOfKnownAccount(before, snapshot);
  if (before === null || before.currentProfileId !== snapshot.currentProfileId) {
    resetView();
    if (watched.activity) void loadActivity();
  }
  showWantedPlace();
}

/** Who wanted a further account and is known has come back to where they were. */
function tellOfKnownAccount(before: Snapshot | null, after: Snapshot): void {
  const known = foundKnownAccount(before, after);
  if (known === null) return;
  useApp.setState({ addingRelay: false, screen: 'apis' });
  const words = text('accounts.known.text', { account: known.account ?? known.relayName });
  notify({ tone: 'info', title: text('accounts.known'), text: words });
}

/** Tells the main process what is looked at; what wasn't pushed until now is read then. */
function tellWatched(): void {
  const visible = document.visibilityState === 'visible';
  const now = { visible, activity: visible && showsActivity(useApp.getState()) };
  const { visible: wasVisible, activity: wasActivity } = watched;
  if (now.visible === wasVisible && now.activity === wasActivity) return;
  watched = now;
  void ask('state:watch', now);
  if (now.activity && !wasActivity && useApp.getState().snapshot !== null) void loadActivity();
}

function showsActivity({ screen, selectedApi }: AppState): boolean {
  return screen === 'activity' || (screen === 'apis' && selectedApi !== null);
}
