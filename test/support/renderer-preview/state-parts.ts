import type { ActivityEntry } from '../../../shared/activity.ts';
import type { Catalog } from '../../../shared/catalog.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../../shared/snapshot.ts';
import type { SessionsAnswer } from './fake-bridge.ts';
import type { PreviewState, PreviewStep } from './preview-state.ts';
import { guardedCatalog, sampleCatalog } from './sample-catalog.ts';
import { sampleManaged } from './sample-managed.ts';
import { sampleRequest } from './sample-requests.ts';
import { sampleSessions } from './sample-sessions.ts';
import { sampleActivity, sampleProblem, sampleProfile, sampleSnapshot } from './sample-snapshot.ts';

/** A press on a link. */
export const link = (name: string): PreviewStep => ({ type: 'click', role: 'link', name });
/** A press on a button. */
export const button = (name: string | RegExp): PreviewStep => ({ type: 'click', role: 'button', name });

/** What many states are made of, as of `nowMs`. */
export function statePartsOf(nowMs: number) {
  const activity = sampleActivity(nowMs);
  const withProfile = (change: Partial<ProfileSnapshot>, rest: Partial<Snapshot> = {}) =>
    sampleSnapshot(nowMs, { profiles: [sampleProfile(nowMs, change)], ...rest });
  const state = (
    name: string,
    shows: string,
    snapshot: Snapshot | null,
    steps: readonly PreviewStep[] = [],
    log: readonly ActivityEntry[] | null = activity,
    sessions: SessionsAnswer = { sessions: sampleSessions(nowMs) },
  ): PreviewState => ({ name, shows, snapshot, steps, activity: log, sessions });
  const problem = (...args: [Parameters<typeof sampleProblem>[0], string]) => sampleProblem(...args, nowMs);
  const ready = sampleSnapshot(nowMs);
  const withCatalog = (catalog: Catalog, change: Partial<ProfileSnapshot> = {}) =>
    withProfile({ catalog: { status: 'ready', catalog, fetchedAtMs: nowMs, problem: null }, ...change });
  const guarded = withCatalog(guardedCatalog(nowMs));
  const everywhere = withCatalog({
    ...sampleCatalog,
    requestable: [
      { role: 'on-call', maxHours: 8 },
      { role: 'finance', maxHours: 8 },
    ],
  });
  const expired: SignInState = {
    status: 'expired',
    problem: problem('sign-in-expired', 'The sign-in service ended your session at 14:02.'),
  };
  const payrollAsked = (change: Parameters<typeof sampleRequest>[0]) =>
    withCatalog(guardedCatalog(nowMs), {
      requests: {
        requests: [sampleRequest({ mine: true, requestedAtMs: nowMs - 600_000, ...change })],
        decides: false,
        leftOut: 0,
      },
    });
  const managedLook = sampleManaged(ready.settings);
  return {
    activity,
    withProfile,
    state,
    problem,
    ready,
    withCatalog,
    guarded,
    everywhere,
    expired,
    payrollAsked,
    managedLook,
  };
}
