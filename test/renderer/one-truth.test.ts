import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createActivityStore } from '../../client/profile/activity-store.ts';
import { localRefusal } from '../../client/profile/local-refusal.ts';
import { profileSnapshot } from '../../client/profile/profile-snapshot.ts';
import { noticesDue } from '../../electron/notices-due.ts';
import { createStateFeed } from '../../electron/state-feed.ts';
import { trayModel } from '../../electron/tray-model.ts';
import { activityTotals, appendActivity } from '../../renderer/model/activity-log.ts';
import { bannerFor } from '../../renderer/model/banner.ts';
import { connectionText } from '../../renderer/model/connection-text.ts';
import { connectedCount, connectionOf, currentProfileOf } from '../../renderer/model/current-profile.ts';
import { profileStatusOf } from '../../renderer/model/profile-status.ts';
import { ownRequests } from '../../renderer/model/request-list.ts';
import type { ShownRequest } from '../../shared/access-request.ts';
import type { ActivityLog } from '../../shared/activity.ts';
import { causeOf } from '../../shared/cause.ts';
import { causeText } from '../../shared/cause-text.ts';
import { type ErrorCode, problemTexts } from '../../shared/errors.ts';
import type { NoticeFacts, NoticeKind } from '../../shared/notice.ts';
import type { ProfileSnapshot, SignInState, Snapshot, StepUpState, TunnelState } from '../../shared/snapshot.ts';
import { applyPatch, type StateStep } from '../../shared/state-patch.ts';
import { sampleCatalog } from '../support/renderer-preview/sample-catalog.ts';
import { sampleRequest } from '../support/renderer-preview/sample-requests.ts';
import {
  openTunnel,
  reconnecting,
  sampleActivity,
  sampleProblem,
  sampleSnapshot,
  signedIn,
} from '../support/renderer-preview/sample-snapshot.ts';

const start = 1_800_000_000_000;
const minute = 60_000;

/** What a profile of the client core is made of, as random events leave it. */
interface World {
  signIn: SignInState;
  tunnel: TunnelState;
  stepUp: StepUpState | null;
  /** The person's requests for access, newest first, as the relay says them. */
  requests: readonly ShownRequest[];
}

const tunnelCodes = [
  'relay-unreachable',
  'tunnel-down',
  'relay-draining',
  'relay-not-ready',
  'no-network',
  'proxy-sign-in',
  'relay-untrusted-certificate',
  'clock-skew',
  'client-too-old',
  'audit-unavailable',
  'locked',
] as const satisfies readonly ErrorCode[];

const event = fc.oneof(
  fc
    .constantFrom(
      'time passes',
      'renewed',
      'provider down',
      'expired',
      'revoked',
      'signs in',
      'signs out',
      'browser',
      'opened',
      'drains',
      'denied',
      'step-up done',
      'reload',
      'switch',
      'hidden',
      'shown',
      'lost step',
      'asks for access',
      'takes back',
      'approved',
      'refused',
      'ended early',
    )
    .map((type) => ({ type, code: null })),
  fc.constantFrom(...tunnelCodes).map((code) => ({ type: 'lost', code })),
);

function next(world: World, type: string, code: ErrorCode | null, nowMs: number): World {
  const signed = world.signIn.status === 'signed-in' ? world.signIn : null;
  const ended = (why: ErrorCode): World => ({
    signIn: { status: 'expired', problem: sampleProblem(why, 'It ended.', nowMs) },
    tunnel: { status: 'closed' },
    stepUp: world.stepUp,
    requests: world.requests,
  });
  switch (type) {
    case 'renewed':
    case 'signs in':
      return { ...world, signIn: { ...signedIn(nowMs), expiresAtMs: nowMs + 10 * minute } };
    case 'provider down': {
      if (signed === null) return world;
      const renewalProblem = sampleProblem('renewal-failed', 'The provider doesn’t answer.', nowMs);
      return { ...world, signIn: { ...signed, renewalProblem, renewalCause: 'idp-unreachable' } };
    }
    case 'expired':
      return signed === null ? world : ended('sign-in-expired');
    case 'revoked':
      return signed === null ? world : ended('session-revoked');
    case 'signs out':
      return {
        signIn: { status: 'signed-out', problem: null },
        tunnel: { status: 'closed' },
        stepUp: null,
        requests: [],
      };
    case 'browser':
      return { ...world, signIn: { status: 'waiting-for-browser', url: 'https://id.example/', givesUpAtMs: nowMs } };
    case 'opened':
      return { ...world, tunnel: openTunnel(nowMs) };
    case 'drains':
      return world.tunnel.status === 'open' ? { ...world, tunnel: { ...world.tunnel, draining: true } } : world;
    case 'lost':
      return code === null ? world : { ...world, tunnel: reconnecting(code, `Observed: ${code}.`, nowMs) };
    case 'denied': {
      const need = { writes: true, demand: { maxAgeSeconds: 900 } };
      return { ...world, stepUp: world.stepUp ?? { status: 'asked', api: 'orders', need, problem: null } };
    }
    case 'asks for access': {
      if (signed === null || world.requests.some(({ status }) => status === 'pending')) return world;
      const id = `ar-${nowMs}-${world.requests.length}`;
      const asked = sampleRequest({ id, mine: true, requestedAtMs: nowMs, hours: 0.1 });
      return { ...world, requests: [asked, ...world.requests] };
    }
    case 'takes back':
      return decided(world, 'pending', { status: 'cancelled' });
    case 'approved': {
      const expiresAtMs = nowMs + 0.1 * 60 * minute;
      return decided(world, 'pending', { status: 'approved', decidedBy: 'dana', decidedAtMs: nowMs, expiresAtMs });
    }
    case 'refused':
      return decided(world, 'pending', { status: 'refused', decidedBy: 'dana', decidedAtMs: nowMs, note: 'No' });
    case 'ended early':
      return decided(world, 'approved', { status: 'revoked', expiresAtMs: nowMs });
    case 'step-up done':
      return { ...world, stepUp: null };
    default:
      return world;
  }
}

/** The world after the relay has decided about the newest request of a status; the same when there is none. */
function decided(world: World, status: ShownRequest['status'], change: Partial<ShownRequest>): World {
  const found = world.requests.find((request) => request.status === status);
  if (found === undefined) return world;
  return { ...world, requests: world.requests.map((each) => (each === found ? { ...each, ...change } : each)) };
}

/** The world as the relay says it at a time: grants end by themselves. */
function atTime(world: World, nowMs: number): World {
  const requests = world.requests.map((request) =>
    request.status === 'approved' && (request.expiresAtMs ?? Infinity) <= nowMs
      ? { ...request, status: 'expired' as const }
      : request,
  );
  return { ...world, requests };
}

function profileOf(id: string, { signIn, tunnel, stepUp, requests }: World, nowMs: number): ProfileSnapshot {
  return profileSnapshot({
    record: { id, relayUrl: `https://${id}.example`, relayName: id, ports: {}, favourites: ['orders'], connected: [] },
    signIn,
    tunnel,
    stepUp,
    catalog: { status: 'ready', catalog: sampleCatalog, fetchedAtMs: nowMs, problem: null },
    connections: new Map([
      [
        'orders',
        {
          status: 'on',
          sinceMs: start,
          listener: { port: 7101, close: async () => undefined },
          moved: null,
          isManagedPort: false,
          listenerId: 2,
          socket: null,
          keyHash: null,
          protection: 'peer-user',
        } as const,
      ],
    ]),
    othersPorts: new Set(),
    gatewayAddress: () => null,
    openStreams: () => 0,
    rate: () => ({ requestsPerSecond: 0, latencyMs: null }),
    device: { name: 'd', system: 's' },
    managedPorts: {},
    appVersion: '0.1.0',
    emergencies: [],
    newDevices: [],
    requests: { requests: [...requests], decides: false, leftOut: 0 },
    offersBreakGlass: false,
    nowMs,
  });
}

/** Everything that must hold of what is shown, whatever has happened. */
function check(snapshot: Snapshot, world: World, nowMs: number): void {
  const profile = currentProfileOf(snapshot);
  if (profile === null) return;
  const cause = causeOf(profile);
  const banner = bannerFor(snapshot, { dismissed: [], nowMs: Infinity });
  const { signIn, tunnel } = world;
  const lives = signIn.status === 'signed-in' && nowMs < signIn.expiresAtMs && tunnel.status === 'open';

  // Each request is said as the relay says it, and access never after its end.
  for (const request of ownRequests(profile.requests, nowMs)) {
    const known = world.requests.find(({ id }) => id === request.id);
    expect(request.status).toBe(known?.status);
    if (request.status === 'approved') expect(request.expiresAtMs).toBeGreaterThan(nowMs);
  }

  // Never "connected" without a live session.
  expect(cause === null).toBe(lives);
  if (!lives) {
    expect(profileStatusOf(profile).label).not.toBe('Connected');
    expect(connectedCount(profile)).toBe(0);
    expect(trayModel({ ...snapshot, profiles: [profile] }).status).not.toBe('connected');
  }
  // Addresses stay, and say what they wait for.
  const row = connectionText(connectionOf(profile, 'orders'), profile, 7101, {}, nowMs).text;
  expect(connectionOf(profile, 'orders').status).toBe('on');
  if (cause !== null) expect(row).toBe(`waits for ${causeText(cause).awaited}`);

  // Never two prompts: one banner, and a step-up asks only somebody who is signed in.
  if (signIn.status !== 'signed-in') expect(profile.stepUp).toBeNull();
  if (signIn.status === 'expired') expect(banner?.action?.type).toBe('sign-in');

  // Never a cause that isn't the tunnel's.
  if (cause?.detail === null || cause === null) return;
  const allowed =
    signIn.status === 'expired'
      ? [signIn.problem.code]
      : signIn.status === 'signed-in'
        ? [
            ...(nowMs >= signIn.expiresAtMs ? [signIn.renewalCause, 'renewal-failed'] : []),
            ...(tunnel.status === 'reconnecting' ? [tunnel.problem.code] : []),
          ]
        : [];
  expect(allowed).toContain(cause.code);
  const told = localRefusal(cause);
  expect(told.code).toBe(cause.code);
  const { title } = problemTexts[told.code];
  if (profile.stepUp === null) expect(banner?.title).toBe(title);
  expect(trayModel({ ...snapshot, profiles: [profile] }).line).toBe(title);
}

const statusOf = {
  'request-approved': 'approved',
  'request-refused': 'refused',
  'grant-revoked': 'revoked',
  'grant-ended': 'expired',
  'grant-ending': 'approved',
} as const satisfies Partial<Record<NoticeKind, ShownRequest['status']>>;

/** What is told of a request is so at that time. */
function expectTrue(facts: NoticeFacts, { requests }: World, nowMs: number): void {
  if (!(facts.kind in statusOf) || !('request' in facts)) return;
  const request = requests.find(({ id }) => id === facts.request);
  expect(request?.status, facts.kind).toBe(statusOf[facts.kind as keyof typeof statusOf]);
  if (facts.kind === 'grant-ending') expect(facts.endsAtMs).toBeGreaterThan(nowMs);
}

test('whatever happens in whichever order, all places tell the same truth', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: 4 * minute })), { maxLength: 40 }), (events) => {
      let nowMs = start;
      let current = 'acme';
      const worlds: Record<string, World> = {
        acme: { signIn: signedIn(start), tunnel: { status: 'connecting' }, stepUp: null, requests: [] },
        lab: {
          signIn: { status: 'signed-out', problem: null },
          tunnel: { status: 'closed' },
          stepUp: null,
          requests: [],
        },
      };
      const main = (): Snapshot =>
        sampleSnapshot(start, {
          profiles: Object.entries(worlds).map(([id, world]) => profileOf(id, world, nowMs)),
          currentProfileId: current,
        });
      const steps: StateStep[] = [];
      const feed = createStateFeed({ snapshot: main, send: (step) => steps.push(step), now: () => nowMs });
      let window = feed.read();
      feed.watch(true);
      const told = new Set<string>();
      let before = main();
      for (const [{ type, code }, passesMs] of events) {
        nowMs += passesMs;
        if (type === 'switch') current = current === 'acme' ? 'lab' : 'acme';
        for (const [id, each] of Object.entries(worlds)) worlds[id] = atTime(each, nowMs);
        const world = worlds[current];
        if (world === undefined) throw new Error('There are two profiles.');
        worlds[current] = next(world, type, code, nowMs);
        if (type === 'reload') window = feed.read();
        if (type === 'lost step') steps.pop();
        feed.watch(type !== 'hidden');
        for (const step of steps.splice(0)) {
          if (step.sequence === window.sequence + 1)
            window = { sequence: step.sequence, snapshot: applyPatch(window.snapshot, step.patch) };
          else if (step.sequence > window.sequence) window = feed.read();
        }
        const after = main();
        if (type !== 'hidden') expect(window.snapshot).toEqual(after);
        check(after, worlds[current] ?? world, nowMs);
        // Nothing is told of what was known.
        for (const { id, profileId, facts } of noticesDue(before, after, nowMs).due) {
          told.add(id);
          expectTrue(facts, worlds[profileId] ?? world, nowMs);
        }
        expect(noticesDue(after, after, nowMs).due.filter(({ id }) => !told.has(id))).toEqual([]);
        before = after;
      }
      feed.close();
    }),
    { numRuns: 150 },
  );
});

test('counts equal what was sent, whatever was left out, pushed out of the list, restored or told twice', () => {
  const request = fc.record({
    denied: fc.boolean(),
    lasts: fc.boolean(),
    leftOut: fc.boolean(),
    fails: fc.boolean(),
    restarts: fc.boolean(),
  });
  const [sample] = sampleActivity(start, 1);
  if (sample === undefined) throw new Error('The sample has entries.');
  fc.assert(
    fc.property(fc.array(request, { maxLength: 80 }), (requests) => {
      let store = createActivityStore(8);
      let window: ActivityLog = { entries: [], counts: {} };
      for (const [index, { denied, lasts, leftOut, fails, restarts }] of requests.entries()) {
        const [nowMs, requestId] = [start + index, String(index)];
        const hasFailed = fails && !denied;
        const entry = {
          ...sample,
          requestId,
          api: 'orders',
          timeMs: nowMs,
          decision: denied ? 'deny' : 'allow',
        } as const;
        const pending = { ...entry, outcome: 'pending', status: null, durationMs: null } as const;
        const done = { ...entry, outcome: 'completed', status: hasFailed ? 502 : 200, durationMs: 3 } as const;
        const counted = { count: 1, totalMs: 3, denied: denied ? 1 : 0, failed: hasFailed ? 1 : 0 };
        const batches = leftOut
          ? [store.add([], { orders: counted }, nowMs)]
          : [...(lasts ? [store.add([pending], {}, nowMs)] : []), store.add([done], {}, nowMs)];
        for (const batch of batches) window = appendActivity(window, batch, 8);
        if (!restarts) continue;
        const kept = store.log();
        store = createActivityStore(8);
        store.restore(kept);
        window = store.log();
      }
      const totals = activityTotals(window);
      expect(totals.requests).toBe(requests.length);
      expect(totals.denied).toBe(requests.filter(({ denied }) => denied).length);
      expect(totals.failed).toBe(requests.filter(({ denied, fails }) => fails && !denied).length);
      expect(window.entries.length + (totals.notListed['orders'] ?? 0)).toBe(requests.length);
    }),
  );
});
