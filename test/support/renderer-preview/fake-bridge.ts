import type { ActivityEntry, ActivityLog } from '../../../shared/activity.ts';
import type { DiagnosticReport } from '../../../shared/diagnostics.ts';
import type { UserProblem } from '../../../shared/errors.ts';
import type { ShownRequest } from '../../../shared/access-request.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { OwnSession } from '../../../shared/own-session.ts';
import type { ProfileSnapshot, Snapshot } from '../../../shared/snapshot.ts';

export interface FakeBridgeInput {
  readonly snapshot: Snapshot | null;
  readonly activity: ActivityLog | null;
  readonly sessions: SessionsAnswer;
  readonly notices?: readonly Notice[];
  readonly diagnostics: DiagnosticReport;
  /** Requests that fail, by channel. */
  readonly failing?: Readonly<Record<string, UserProblem>>;
}

/** What the relay says of the person's sessions; null while it doesn't answer. `endProblem` is its no to an end of one. */
export interface SessionsAnswer {
  readonly sessions: readonly OwnSession[] | UserProblem | null;
  readonly endProblem?: UserProblem;
}

/** What the page offers to tests beside the bridge: the requests made, and a way to push events. */
export interface FakeBridgeControls {
  readonly calls: readonly { readonly channel: string; readonly argument: Record<string, unknown> | undefined }[];
  push(channel: string, payload: unknown): void;
  /** Pushes the way to another state, as the main process would. */
  pushState(snapshot: Snapshot): void;
  /** Pushes requests that have just come. */
  pushActivity(profileId: string, entries: readonly Partial<ActivityEntry>[]): void;
}

/**
 * Stands where the preload's bridge stands, in a page of the real renderer. It runs in the page, so it uses nothing
 * from outside itself. Requests that change state change the snapshot and push it, as the main process would.
 */
export function installFakeBridge({
  snapshot: first,
  activity,
  sessions: answer,
  notices: told = [],
  diagnostics,
  failing = {},
}: FakeBridgeInput): void {
  type Argument = Record<string, unknown> | undefined;
  let snapshot = first;
  let { sessions } = answer;
  let notices = told;
  const calls: { channel: string; argument: Argument }[] = [];
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const push = (channel: string, payload: unknown) => {
    for (const listener of listeners.get(channel) ?? []) listener(payload);
  };
  let sequence = 0;
  const pushState = (next: Snapshot | null) => {
    snapshot = next;
    sequence += 1;
    push('state:did-change', { sequence, patch: { set: next } });
  };
  const pushActivity = (profileId: string, entries: readonly Partial<ActivityEntry>[]) => {
    const counts: Record<string, { requests: number; denied: number; failed: number }> = {};
    for (const { api = '', decision } of entries) {
      counts[api] ??= { requests: 0, denied: 0, failed: 0 };
      counts[api].requests += 1;
      if (decision === 'deny') counts[api].denied += 1;
    }
    push('activity:did-append', { profileId, added: { entries, counts } });
  };
  const changeProfile = (id: unknown, change: (profile: ProfileSnapshot) => Partial<ProfileSnapshot>) => {
    if (snapshot === null) return;
    const profiles = snapshot.profiles.map((profile) =>
      profile.id === id ? { ...profile, ...change(profile) } : profile,
    );
    pushState({ ...snapshot, profiles });
  };
  const changeRequest = (argument: Argument, change: Partial<ShownRequest>) =>
    changeProfile(argument?.['profileId'], ({ requests = { requests: [], decides: false, leftOut: 0 } }) => ({
      requests: {
        ...requests,
        requests: requests.requests.map((each) => (each.id === argument?.['id'] ? { ...each, ...change } : each)),
      },
    }));
  const connect = (profile: ProfileSnapshot, api: string) => {
    const port = profile.ports[api]?.port ?? 7999;
    const connection = {
      status: 'on' as const,
      sinceMs: Date.now(),
      port,
      address: `http://127.0.0.1:${port}`,
      gatewayAddress: `http://${api}.localhost:7100`,
      protection: 'peer-user' as const,
      openStreams: 0,
      requestsPerSecond: 0,
      latencyMs: null,
    };
    return { connections: { ...profile.connections, [api]: connection } };
  };
  const failed = (problem: unknown) => Promise.reject(Object.assign(new Error(), { problem }));
  const endSessions = (which: unknown) => {
    if (answer.endProblem !== undefined) return failed(answer.endProblem);
    if (sessions === null || !('length' in sessions)) return { ended: [] };
    const meant = which as 'others' | { readonly id?: string; readonly ids?: readonly string[] };
    const isMeant = ({ id, current }: OwnSession) =>
      meant === 'others' ? !current : id === meant.id || meant.ids?.includes(id) === true;
    const ended = sessions.filter(isMeant);
    sessions = sessions.filter((session) => !ended.includes(session));
    return { ended: ended.map(({ id }) => id) };
  };
  const renameSession = (id: unknown, name: string) => {
    if (sessions === null || !('length' in sessions)) return { name };
    sessions = sessions.map((session) => {
      if (session.id !== id) return session;
      const { ownName = session.device.name, ...device } = session.device;
      return { ...session, device: name === '' ? { ...device, name: ownName } : { ...device, name, ownName } };
    });
    return { name: sessions.find((session) => session.id === id)?.device.name ?? name };
  };
  const handlers: Record<string, (argument: Argument) => unknown> = {
    'state:get': () => (snapshot === null ? new Promise(() => undefined) : { sequence, snapshot }),
    'activity:get': () => activity ?? new Promise(() => undefined),
    'api:connect': (argument) => {
      changeProfile(argument?.['profileId'], (profile) => connect(profile, String(argument?.['api'])));
      return null;
    },
    'api:disconnect': (argument) => {
      changeProfile(argument?.['profileId'], (profile) => ({
        connections: { ...profile.connections, [String(argument?.['api'])]: { status: 'off' as const } },
      }));
      return null;
    },
    'api:set-favourite': (argument) => {
      const api = String(argument?.['api']);
      changeProfile(argument?.['profileId'], ({ favourites }) => ({
        favourites: argument?.['favourite'] === true ? [...favourites, api] : favourites.filter((each) => each !== api),
      }));
      return null;
    },
    'settings:set': (argument) => {
      if (snapshot !== null) pushState({ ...snapshot, settings: { ...snapshot.settings, ...argument } });
      return null;
    },
    'sign-in:start': () => ({ profileId: snapshot?.currentProfileId ?? 'acme' }),
    'api:request-access': (argument) => {
      const asked: ShownRequest = {
        id: 'ar-7f3k',
        requester: 'alice',
        mine: true,
        decidable: false,
        endable: false,
        api: String(argument?.['api']),
        role: String(argument?.['role']),
        reason: String(argument?.['reason']),
        hours: 8,
        requestedAtMs: Date.now(),
        status: 'pending',
        decidedBy: null,
        decidedAtMs: null,
        expiresAtMs: null,
        approvers: ['finance-leads'],
      };
      changeProfile(argument?.['profileId'], ({ requests }) => ({
        requests: { decides: false, leftOut: 0, ...requests, requests: [asked, ...(requests?.requests ?? [])] },
      }));
      return { id: asked.id, status: asked.status, hours: asked.hours };
    },
    'requests:withdraw': (argument) => {
      changeRequest(argument, { status: 'cancelled' });
      return null;
    },
    'requests:decide': (argument) => {
      const statuses = { approve: 'approved', refuse: 'refused', end: 'revoked' } as const;
      const status = statuses[argument?.['verdict'] as keyof typeof statuses];
      const endsAtMs = Date.now() + Number(argument?.['hours'] ?? 8) * 3_600_000;
      changeRequest(argument, {
        status,
        decidable: false,
        endable: status === 'approved',
        decidedBy: 'alice',
        decidedAtMs: Date.now(),
        ...(status === 'approved' ? { expiresAtMs: endsAtMs } : {}),
      });
      return null;
    },
    'notices:get': () => notices,
    'notices:read': (argument) => {
      const ids = argument?.['ids'];
      const isMeant = ({ id }: Notice) => ids === 'all' || (ids as readonly string[]).includes(id);
      notices = notices.map((notice) => (isMeant(notice) ? { ...notice, read: true } : notice));
      push('notices:did-change', notices);
      return null;
    },
    'notices:clear': () => {
      notices = [];
      push('notices:did-change', notices);
      return null;
    },
    'activity:export': () => ({ saved: true }),
    'diagnostics:run': () => diagnostics,
    'diagnostics:save': () => ({ saved: true }),
    'sessions:list': () => {
      if (sessions === null) return new Promise(() => undefined);
      return 'length' in sessions ? sessions : failed(sessions);
    },
    'sessions:rename': (argument) => renameSession(argument?.['id'], String(argument?.['name'])),
    'sessions:end': (argument) => endSessions(argument?.['which']),
  };
  const bridge = {
    platform: 'linux',
    request: async (channel: string, argument: Argument) => {
      calls.push({ channel, argument });
      const problem = failing[channel];
      if (problem !== undefined) return { ok: false, problem };
      try {
        return { ok: true, value: (await handlers[channel]?.(argument)) ?? null };
      } catch (error) {
        return { ok: false, problem: (error as { readonly problem: UserProblem }).problem };
      }
    },
    subscribe: (channel: string, listener: (payload: unknown) => void) => {
      const set = listeners.get(channel) ?? new Set();
      listeners.set(channel, set.add(listener));
      return () => set.delete(listener);
    },
  };
  Object.assign(window, {
    causeway: bridge,
    fakeBridge: { calls, push, pushState, pushActivity } satisfies FakeBridgeControls,
  });
}
