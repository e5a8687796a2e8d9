import { sampleActivity, sampleProblem, sampleProfile, sampleSnapshot } from './sample-snapshot.ts';
import type { PreviewState } from './preview-state.ts';
import { sampleSessions } from './sample-sessions.ts';
import { button } from './state-parts.ts';

/** What failed, and where its button leads. */
export function troubleStates(nowMs: number): PreviewState[] {
  const base = { activity: sampleActivity(nowMs), sessions: { sessions: sampleSessions(nowMs) } };
  const ready = sampleSnapshot(nowMs);
  const unreachable = sampleProblem(
    'relay-unreachable',
    'relay.acme.example doesn’t answer on port 443 (connection refused).',
    nowMs,
  );
  const untrusted = sampleProblem(
    'relay-untrusted-certificate',
    'relay.acme.example can’t be trusted: unable to verify the first certificate.',
    nowMs,
  );
  const signedOut = (problem: typeof unreachable) =>
    sampleSnapshot(nowMs, {
      profiles: [
        sampleProfile(nowMs, {
          signIn: { status: 'signed-out', problem },
          tunnel: { status: 'closed' },
          catalog: { status: 'none' },
          connections: {},
        }),
      ],
    });
  return [
    {
      ...base,
      name: 'sign-in-diagnostics',
      shows: 'It fails here: Tunnel',
      snapshot: signedOut(unreachable),
      steps: [button('What’s wrong?')],
    },
    {
      ...base,
      name: 'sign-in-untrusted',
      shows: 'Copy the details for IT',
      snapshot: signedOut(untrusted),
      steps: [],
    },
    {
      ...base,
      name: 'problem-toast',
      shows: 'The relay is busy',
      snapshot: ready,
      steps: [button('Orders'), button('Open in browser')],
      failing: { 'api:open': sampleProblem('overloaded', 'acme-relay-1 has no room for another request.', nowMs) },
    },
    {
      ...base,
      name: 'activity-failed',
      shows: 'What to do',
      snapshot: ready,
      steps: [{ type: 'click', role: 'link', name: 'Activity' }, button('/v1/orders/9')],
      activity: sampleActivity(nowMs, 2).map((entry) => ({
        ...entry,
        path: '/v1/orders/9',
        decision: 'allow' as const,
        status: 502,
        outcome: 'completed' as const,
        durationMs: 30_000,
      })),
    },
  ];
}
