import type { SessionsAnswer } from './fake-bridge.ts';
import type { PreviewState, PreviewStep } from './preview-state.ts';
import { lockedCatalog } from './sample-catalog.ts';
import { sampleRequests } from './sample-requests.ts';
import { sampleSessions } from './sample-sessions.ts';
import { refusedConnections, sampleActivity } from './sample-snapshot.ts';
import { button, link, statePartsOf } from './state-parts.ts';

/** What concerns the person: activity, access, requests, sessions. */
export function ownStates(nowMs: number): PreviewState[] {
  const { activity, withProfile, state, problem, ready, withCatalog, guarded, everywhere, expired, payrollAsked } =
    statePartsOf(nowMs);
  const sessionsState = (name: string, shows: string, sessions: SessionsAnswer, steps: readonly PreviewStep[] = []) =>
    state(name, shows, ready, [link('Sessions'), ...steps], activity, sessions);
  const deciding = withProfile({ requests: sampleRequests(nowMs) });
  return [
    state('requests', 'Waiting for you', deciding, [link('Requests')]),
    state('requests-approve', 'For how long', deciding, [
      link('Requests'),
      button('Approve alice’s request for Payroll'),
    ]),
    state('requests-refuse', 'Say why: alice reads it.', deciding, [
      link('Requests'),
      button('Refuse alice’s request for Payroll'),
    ]),
    state('requests-none', 'Nobody waits', withProfile({ requests: { requests: [], decides: true, leftOut: 3 } }), [
      link('Requests'),
    ]),
    state('access-requests', 'Your requests', payrollAsked({}), [link('Access')]),
    state(
      'activity-step-up',
      'It asks for a sign-in from the last 15 minutes.',
      guarded,
      [link('Activity'), button('/v1/orders/9')],
      sampleActivity(nowMs, 4).map((entry) => ({
        ...entry,
        path: '/v1/orders/9',
        decision: 'deny' as const,
        rule: 'orders-write',
        reason: 'Writing asks for a sign-in within the last 15 minutes; yours is 2 hours old.',
        unlockedBy: [],
        status: 403,
        stepUp: { maxAgeSeconds: 900 },
      })),
    ),
    state(
      'new-device',
      'New sign-in on “mallory-pc”',
      withProfile({
        newDevices: [
          {
            id: 'sOldOldOldOldOl',
            name: 'mallory-pc',
            system: 'Windows 11',
            appVersion: '0.1.0',
            sinceMs: nowMs - 120_000,
            address: '203.0.113.9',
          },
        ],
      }),
    ),
    state(
      'sessions-new-device',
      'new device',
      withProfile({
        newDevices: [
          {
            id: 'sOldOldOldOldOl',
            name: 'alice-phone',
            system: 'Windows 11',
            appVersion: '0.1.0',
            sinceMs: nowMs - 120_000,
            address: null,
          },
        ],
      }),
      [link('Sessions')],
    ),
    state('access-locked-by-it', 'Locked by IT for the group', withCatalog(lockedCatalog(nowMs)), [link('Access')]),
    state('activity', 'Export CSV', ready, [link('Activity')]),
    state('activity-request', 'What would unlock it', ready, [
      link('Activity'),
      { type: 'click', role: 'radio', name: 'Denied' },
      button('/v1/refunds'),
    ]),
    state(
      'activity-refused-connection',
      'Refused on this computer',
      ready,
      [link('Activity'), button(/refused connection/)],
      [...activity, refusedConnections(nowMs)],
    ),
    state('activity-exported', '60 requests as CSV', ready, [link('Activity'), button('Export CSV')]),
    state('activity-empty', 'No requests yet', ready, [link('Activity')], []),
    state('activity-loading', 'Loading your activity', ready, [link('Activity')], null),
    state('access', 'What you can’t do', ready, [link('Access')]),
    state('access-loading', 'Loading your access', withProfile({ catalog: { status: 'loading' } }), [link('Access')]),
    state('sessions', 'alice-desktop', ready, [link('Sessions')]),
    sessionsState('sessions-alone', 'nowhere else', { sessions: sampleSessions(nowMs).slice(0, 1) }),
    sessionsState('sessions-loading', 'Loading your sessions', { sessions: null }),
    sessionsState('sessions-error', 'Try again', {
      sessions: problem('relay-unreachable', 'relay.acme.example doesn’t answer on port 443 (connection refused).'),
    }),
    sessionsState('sessions-unknown-own', 'Your devices', {
      sessions: sampleSessions(nowMs).map((session) => ({ ...session, current: false })),
    }),
    sessionsState('sessions-end', 'Sign out alice-desktop?', { sessions: sampleSessions(nowMs) }, [
      button('Sign out alice-desktop'),
    ]),
    sessionsState('sessions-end-all', 'Sign out 2 other sessions?', { sessions: sampleSessions(nowMs) }, [
      button('Sign out all others'),
    ]),
    sessionsState(
      'sessions-end-failed',
      'can’t reach what the relays share',
      {
        sessions: sampleSessions(nowMs),
        endProblem: problem('shared-state-unavailable', 'It counts at this relay, at the others once Redis is back.'),
      },
      [button('Sign out alice-desktop'), button('Sign out')],
    ),
    sessionsState('sessions-rename', 'Leave it empty', { sessions: sampleSessions(nowMs) }, [
      button('Rename alice-desktop'),
    ]),
    {
      ...sessionsState('sessions-rename-failed', 'can’t reach', { sessions: sampleSessions(nowMs) }, [
        button('Rename alice-desktop'),
        button('Save'),
      ]),
      failing: {
        'sessions:rename': problem('shared-state-unavailable', 'The disk of the relay’s data folder doesn’t answer.'),
      },
    },
    sessionsState('sessions-renamed', 'Calls itself alice-desktop', {
      sessions: sampleSessions(nowMs).map((session) =>
        session.current
          ? session
          : { ...session, device: { ...session.device, name: 'The one in the office', ownName: session.device.name } },
      ),
    }),
    state('sessions-expired', 'Sign in again', withProfile({ signIn: expired, tunnel: { status: 'closed' } }), [
      link('Sessions'),
    ]),
    state('access-everywhere', 'For at most 8 h', everywhere, [link('Access'), button('Ask for it')]),
    state('person-menu', 'Your sessions', ready, [button(/^Account of Alice/)]),
  ];
}
