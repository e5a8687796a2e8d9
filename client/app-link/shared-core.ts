import type { ActivityLog } from '../../shared/activity.ts';
import type { DiagnosticReport } from '../../shared/diagnostics.ts';
import type { ClientCore } from '../core/client-core.ts';
import type { RequestDecision } from '../profile/wishes.ts';
import type { AppConversation } from './call-app.ts';

/** What commands can do through the running app as well as by themselves: no signing in or out, and no secret. */
export type SharedCore = Pick<
  ClientCore,
  | 'snapshot'
  | 'watch'
  | 'watchActivity'
  | 'start'
  | 'connect'
  | 'disconnect'
  | 'setPort'
  | 'pause'
  | 'resume'
  | 'refreshCatalog'
  | 'sessions'
  | 'endSessions'
  | 'renameSession'
  | 'requestAccess'
  | 'refreshRequests'
> & {
  /** @throws AccessError with the relay's reason */
  decideRequest(profileId: string, id: string, decision: RequestDecision): Promise<unknown>;
  setFavourite(profileId: string, api: string, favourite: boolean): void | Promise<void>;
  activity(profileId: string): ActivityLog | Promise<ActivityLog>;
};

/** The running app's core, as far as it is shared. Its profiles, sign-ins and connections are the app's own. */
export interface AppCore extends SharedCore {
  diagnose(profileId: string): Promise<DiagnosticReport>;
}

/** Makes the core of a conversation; resolves when the app's state is known, which then follows by itself. */
export async function appCore(app: AppConversation): Promise<AppCore> {
  const watchers = new Set<Parameters<AppCore['watch']>[0]>();
  let snapshot = await app.call('watch', {});
  app.onState((next) => {
    snapshot = next;
    for (const watcher of watchers) watcher(next);
  });
  const activityWatchers = new Set<Parameters<AppCore['watchActivity']>[0]>();
  app.onActivity((profileId, batch) => {
    for (const watcher of activityWatchers) watcher(profileId, batch);
  });

  /** What an operation has changed is in the snapshot when it is done. */
  async function change(work: Promise<unknown>): Promise<void> {
    await work;
    snapshot = await app.call('state', {});
    for (const watcher of watchers) watcher(snapshot);
  }

  return {
    snapshot: () => snapshot,
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    watchActivity(watcher) {
      activityWatchers.add(watcher);
      return () => activityWatchers.delete(watcher);
    },
    start: async () => undefined,
    activity: (profileId) => app.call('activity', { profileId }),
    connect: (profileId, api) => change(app.call('connect', { profileId, api })),
    disconnect: (profileId, api) => change(app.call('disconnect', { profileId, api })),
    setPort: (profileId, api, port) => change(app.call('set-port', { profileId, api, port })),
    setFavourite: (profileId, api, favourite) => change(app.call('set-favourite', { profileId, api, favourite })),
    pause: (profileId) => change(app.call('pause', { profileId })),
    resume: (profileId) => change(app.call('resume', { profileId })),
    refreshCatalog: (profileId) => change(app.call('refresh-catalog', { profileId })),
    sessions: (profileId) => app.call('sessions', { profileId }),
    endSessions: (profileId, which) => app.call('end-sessions', { profileId, which }),
    renameSession: (profileId, id, name) => app.call('rename-session', { profileId, id, name }),
    requestAccess: (profileId, { api, role, reason, hours }) =>
      app.call('request-access', { profileId, api, role, reason, ...(hours === undefined ? {} : { hours }) }),
    refreshRequests: (profileId) => change(app.call('refresh-requests', { profileId })),
    decideRequest: (profileId, id, { verdict, note, hours }) =>
      change(app.call('decide-request', { profileId, id, verdict, note, ...(hours === undefined ? {} : { hours }) })),
    diagnose: (profileId) => app.call('diagnose', { profileId }),
  };
}
